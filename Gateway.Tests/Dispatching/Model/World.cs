using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>The configuration of one run, drawn from a number so that small slot counts, shared lanes and overlapping routes are common.</summary>
internal sealed record World(SchedulerOptions Options, IReadOnlyList<TierPolicy> Policies, bool MayDrain)
{
    public static World From(int setup)
    {
        var dice = new Dice((ulong)setup);
        bool ageing = dice.Chance(25);
        List<TierPolicy> policies = [.. Enumerable.Range(0, 3 + dice.Next(3)).Select(i => Policy(dice, i, ageing))];
        int instances = dice.Pick(1, 2, 2, 3, 3);
        int[] limits = [.. Enumerable.Range(0, instances).Select(i => dice.Pick(1, 1, 2, 2, 3, i == 0 ? 1 : 0))];
        return new World(
            new SchedulerOptions
            {
                Tiers = policies,
                InstanceLimits = limits,
                ReleaseDelay = TimeSpan.FromMilliseconds(dice.Pick(0, 0, 0, 50)),
                CancelConfirmTimeout = TimeSpan.FromMilliseconds(dice.Pick(40, 200, 10_000)),
                SeniorityPerPreemption = TimeSpan.FromMilliseconds(dice.Pick(0, 100, 2000)),
                RetryBudget = dice.Pick(0, 0.2, 1),
                RetryFloor = dice.Pick(0, 0, 1, 1, 3, 3, 100),
                InstanceTraits = [.. limits.Select(_ => Traits(dice))],
                Routing = Strategy(dice),
            },
            policies,
            MayDrain: dice.Chance(20));
    }

    public ItemSpec Item(Dice dice, int id)
    {
        int known = Options.InstanceLimits.Count;
        InstanceSet some = dice.Chance(1) ? InstanceSet.Of(3) : new InstanceSet((ulong)(1 + dice.Next((1 << known) - 1)));
        return new ItemSpec(
            id,
            Policies[dice.Next(Policies.Count)],
            dice.Chance(40) ? InstanceSet.FirstOf(known) : some,
            dice.Next(6),
            dice.Chance(12) ? TimeSpan.FromMilliseconds(dice.Pick(0, 5, 60, 400)) : null);
    }

    public static InstanceTraits Traits(Dice dice) => new(dice.Pick(1, 1, 2), dice.Pick(1, 2, 3), dice.Pick(0, 0.1, 0.3));

    public static RoutingStrategy Strategy(Dice dice) => dice.Pick(Enum.GetValues<RoutingStrategy>());

    private static TierPolicy Policy(Dice dice, int i, bool ageing) => new()
    {
        Priority = i < 3 ? i + 1 : 1 + dice.Next(3),
        Preemptive = i == 0 ? dice.Chance(90) : dice.Chance(45),
        PreemptAfter = TimeSpan.FromMilliseconds(dice.Pick(0, 0, 20, 250)),
        PreemptAfterAuto = dice.Chance(8),
        MaxPreemptions = dice.Pick(0, 1, 1, 2, 2, 5),
        MaxQueueLength = dice.Pick(0, 2, 6, 1000, 1000, 1000),
        MaxQueueBytes = dice.Pick(4, 20, 1 << 20, 1 << 20),
        QueueTimeout = TimeSpan.FromMilliseconds(dice.Pick(0, 50, 1000, 600_000, 600_000, 600_000)),
        AgeLimit = ageing && i > 0 && dice.Chance(70) ? TimeSpan.FromMilliseconds(dice.Pick(10, 50, 300)) : null,
    };
}
