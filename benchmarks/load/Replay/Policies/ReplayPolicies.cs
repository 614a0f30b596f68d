using Gateway.Scheduling;

namespace Load.Replay;

/// <summary>The rows of the comparison, with the figures published for C = 30 slots.</summary>
internal static class ReplayPolicies
{
    public static IReadOnlyList<ReplayPolicy> All { get; } =
    [
        new()
        {
            Name = "FIFO, one lane",
            OneLane = true,
            Published = new() { UrgentWaitMean = 225.5, UrgentWaitP99 = 329.6, LowDone = 18_119, Preemptions = 0, WastedPercent = 0 },
        },
        new()
        {
            Name = "priority, no preemption",
            Published = new() { UrgentWaitMean = 0.720, UrgentWaitP99 = 4.38, LowDone = 18_035, Preemptions = 0, WastedPercent = 0 },
        },
        new()
        {
            Name = "preempt now, newest victim",
            Preemptive = true,
            Published = new()
            {
                UrgentWaitMean = 0.108, UrgentWaitP99 = 2.17, LowDone = 17_241, Preemptions = 6_705, MostPreemptions = 21, WastedPercent = 4.9,
            },
        },
        new()
        {
            Name = "preempt now, random victim",
            Preemptive = true,
            VictimOrder = VictimOrder.Random,
            Published = new() { UrgentWaitMean = 0.11, UrgentWaitP99 = 2.17, LowDone = 14_975, Preemptions = 6_800, WastedPercent = 17.4 },
        },
        new()
        {
            Name = "preempt now, oldest victim",
            Preemptive = true,
            VictimOrder = VictimOrder.Oldest,
            Published = new() { UrgentWaitMean = 0.11, UrgentWaitP99 = 2.17, LowDone = 13_772, Preemptions = 6_800, WastedPercent = 23.6 },
        },
        new()
        {
            Name = "patience 0.25 s, seniority 2 s, cap 5",
            Preemptive = true,
            Patience = TimeSpan.FromSeconds(0.25),
            SeniorityPerPreemption = TimeSpan.FromSeconds(2),
            MaxPreemptions = 5,
            Published = new() { UrgentWaitMean = 0.231, UrgentWaitP99 = 2.38, LowDone = 17_461, Preemptions = 2_116, WastedPercent = 3.6 },
        },
        new()
        {
            Name = "preempt now, newest, continuation",
            Preemptive = true,
            KeptWork = InterruptionOptions.Continue,
            Published = new() { UrgentWaitMean = 0.108, UrgentWaitP99 = 2.17, LowDone = 17_802, Preemptions = 6_673, WastedPercent = 1.3 },
        },
    ];
}
