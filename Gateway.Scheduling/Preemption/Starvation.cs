namespace Gateway.Scheduling;

/// <summary>
/// The optional bound on waiting (<see cref="TierPolicy.AgeLimit"/>): items older than it are served first, but in at most one of
/// four grants of an instance, so that a flood of old work cannot turn the order of the tiers around. The turns are counted by
/// instance: with one count for all, starved items of one instance could use up every turn that the others' wait for (I17).
/// </summary>
internal sealed class Starvation
{
    private const int GrantsBetween = 3;

    private readonly int[] _grantsSince = new int[InstanceSet.MaxInstances];

    /// <summary>The instances whose next slot is the starved items'.</summary>
    public InstanceSet Due { get; private set; } = InstanceSet.FirstOf(InstanceSet.MaxInstances);

    /// <summary>Set with the first item that has an age limit; without one nothing here costs anything.</summary>
    public bool IsUsed { get; set; }

    public static bool IsStarved(WorkItem item, long now) =>
        item.Policy.AgeLimit is { } limit && now - item.ArrivedAt >= limit.Ticks;

    /// <summary>The oldest starved item at the head of a route group that can start now on an instance whose turn it is.</summary>
    public WorkItem? Next(IReadOnlyList<Lane> lanes, CapacityTable capacity, long now)
    {
        if (!IsUsed || (capacity.Available & Due).IsEmpty)
        {
            return null;
        }

        WorkItem? oldest = null;
        foreach (Lane lane in lanes)
        {
            if (lane.IsPaused)
            {
                continue;
            }

            InstanceSet due = capacity.AvailableTo(lane.Rank) & Due;
            foreach (RouteGroup group in lane.Groups)
            {
                if (group.Head is { } head && !(group.Instances & due).IsEmpty && IsStarved(head, now)
                    && (oldest is null || head.Sequence < oldest.Sequence))
                {
                    oldest = head;
                }
            }
        }

        return oldest;
    }

    public void CountGrant(int instance, bool starved)
    {
        _grantsSince[instance] = starved ? 0 : _grantsSince[instance] + 1;
        InstanceSet turn = InstanceSet.Of(instance);
        Due = starved ? new InstanceSet(Due.Bits & ~turn.Bits) : _grantsSince[instance] >= GrantsBetween ? Due | turn : Due;
    }
}
