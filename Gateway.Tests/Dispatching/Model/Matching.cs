using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>How many of some waiters can be served at once by the slots of each instance (maximum bipartite matching).</summary>
internal static class Matching
{
    public static int Size(IReadOnlyList<InstanceSet> waiters, IReadOnlyList<int> slots)
    {
        List<int> instanceOfSlot = [.. Enumerable.Range(0, slots.Count).SelectMany(i => Enumerable.Repeat(i, slots[i]))];
        int[] waiterOfSlot = [.. Enumerable.Repeat(-1, instanceOfSlot.Count)];
        return Enumerable.Range(0, waiters.Count).Count(waiter =>
            TryPlace(waiter, waiters, instanceOfSlot, waiterOfSlot, new bool[instanceOfSlot.Count]));
    }

    private static bool TryPlace(
        int waiter, IReadOnlyList<InstanceSet> waiters, List<int> instanceOfSlot, int[] waiterOfSlot, bool[] tried)
    {
        for (int slot = 0; slot < instanceOfSlot.Count; slot++)
        {
            if (tried[slot] || !waiters[waiter].Contains(instanceOfSlot[slot]))
            {
                continue;
            }

            tried[slot] = true;
            if (waiterOfSlot[slot] < 0 || TryPlace(waiterOfSlot[slot], waiters, instanceOfSlot, waiterOfSlot, tried))
            {
                waiterOfSlot[slot] = waiter;
                return true;
            }
        }

        return false;
    }
}
