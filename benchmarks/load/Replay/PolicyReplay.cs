namespace Load.Replay;

/// <summary>Replays a load under one policy and takes the figures at the time of the last arrival.</summary>
internal static class PolicyReplay
{
    public static readonly TimeSpan RevokeToFree = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Items that are not done by the last arrival count neither as done nor in the waits: an overloaded system has no steady state
    /// to wait for, and this is what reproduces the published figures (see README.md).
    /// </summary>
    public static ReplayFigures Run(ReplayPolicy policy, ReplayLoad load)
    {
        List<SimulatedItem> items = load.MakeItems();
        var interruption = new InterruptionOptions { RevokeToFree = RevokeToFree, KeptWork = policy.KeptWork };
        new VirtualRun(policy.ToOptions(ReplayLoad.Slots), interruption).Run(items, until: load.Horizon);

        double[] urgentWaits = [.. items
            .Where(static item => item is { Tier: ReplayLoad.Urgent, IsDone: true })
            .Select(static item => (double)item.Wait / TimeSpan.TicksPerSecond)
            .Order()];
        return new ReplayFigures
        {
            UrgentWaitMean = urgentWaits.DefaultIfEmpty().Average(),
            UrgentWaitP99 = urgentWaits.Length == 0 ? 0 : urgentWaits[(int)(urgentWaits.Length * 0.99)],
            LowDone = items.Count(static item => item is { Tier: ReplayLoad.Low, IsDone: true }),
            Preemptions = items.Sum(static item => item.Work!.Preemptions),
            MostPreemptions = items.Max(static item => item.Work!.Preemptions),
            WastedPercent = 100 * items.Sum(static item => (double)item.Wasted) / load.SlotTicks,
        };
    }
}
