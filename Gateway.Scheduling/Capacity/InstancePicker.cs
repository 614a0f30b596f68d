using System.Numerics;

namespace Gateway.Scheduling;

/// <summary>
/// Picks the instance of a grant among those that can take it now, so a full or closed one never makes anybody wait while another
/// is free. Pure but for the turns, which are part of the core's state.
/// </summary>
internal sealed class InstancePicker(CapacityTable capacity, RoutingStrategy strategy)
{
    private RoutingStrategy _strategy = strategy;

    public int Pick(InstanceSet candidates)
    {
        ulong bits = candidates.Bits;
        return BitOperations.IsPow2(bits) ? BitOperations.TrailingZeroCount(bits)
            : _strategy switch
            {
                RoutingStrategy.Failover => FirstByPriority(bits),
                RoutingStrategy.Weighted => NextInTurn(bits, weighted: true),
                RoutingStrategy.RoundRobin => NextInTurn(bits, weighted: false),
                _ => HighestScore(bits),
            };
    }

    public void SetStrategy(RoutingStrategy strategy)
    {
        if (_strategy != strategy)
        {
            _strategy = strategy;
            ForgetTurns();
        }
    }

    public void SetTraits(int instance, InstanceTraits traits)
    {
        InstanceTraits before = capacity[instance].Traits;
        capacity[instance].Traits = traits;
        if (before.Weight != traits.Weight)
        {
            ForgetTurns();
        }
    }

    /// <summary>The score that <see cref="RoutingStrategy.Composite"/> compares.</summary>
    public static double Score(InstanceTraits traits, int taken, int limit) =>
        (0.3 * traits.Weight / 20) + (0.4 * (1 - ((double)taken / limit))) + traits.Quality;

    private int FirstByPriority(ulong bits)
    {
        int best = InstanceSet.TakeLowest(ref bits);
        while (bits != 0)
        {
            int next = InstanceSet.TakeLowest(ref bits);
            int order = capacity[next].Traits.Priority.CompareTo(capacity[best].Traits.Priority);
            if (order < 0 || (order == 0 && capacity[next].Free > capacity[best].Free))
            {
                best = next;
            }
        }

        return best;
    }

    /// <summary>
    /// Smooth weighted round robin: each candidate earns its weight, the richest pays for all. With the same candidates every window
    /// of as many grants as the weights' sum has each instance exactly its weight's number of times.
    /// </summary>
    private int NextInTurn(ulong bits, bool weighted)
    {
        int richest = -1;
        long sum = 0;
        while (bits != 0)
        {
            int next = InstanceSet.TakeLowest(ref bits);
            InstanceCapacity candidate = capacity[next];
            int weight = weighted ? candidate.Traits.Weight : 1;
            candidate.Credit += weight;
            sum += weight;
            richest = richest < 0 || candidate.Credit > capacity[richest].Credit ? next : richest;
        }

        capacity[richest].Credit -= sum;
        return richest;
    }

    private int HighestScore(ulong bits)
    {
        int best = -1;
        double highest = double.NegativeInfinity;
        while (bits != 0)
        {
            int next = InstanceSet.TakeLowest(ref bits);
            double score = Score(capacity[next].Traits, capacity[next].Taken, capacity[next].Limit);
            if (score > highest)
            {
                (best, highest) = (next, score);
            }
        }

        return best;
    }

    /// <summary>Claims earned under other weights would bend the shares.</summary>
    private void ForgetTurns()
    {
        for (int i = 0; i < InstanceSet.MaxInstances; i++)
        {
            capacity[i].Credit = 0;
        }
    }
}
