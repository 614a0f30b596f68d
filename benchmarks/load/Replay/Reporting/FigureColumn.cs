namespace Load.Replay;

/// <summary>One figure of the comparison.</summary>
/// <param name="Header">Name and unit.</param>
/// <param name="Format">How a replayed value is written; published ones keep the digits they were published with.</param>
/// <param name="Value">Null where there is none.</param>
internal sealed record FigureColumn(string Header, string Format, Func<ReplayFigures, double?> Value)
{
    public static IReadOnlyList<FigureColumn> All { get; } =
    [
        new("urgent mean s", "0.000", static figures => figures.UrgentWaitMean),
        new("urgent p99 s", "0.00", static figures => figures.UrgentWaitP99),
        new("low done", "#,0", static figures => figures.LowDone),
        new("preempted", "#,0", static figures => figures.Preemptions),
        new("most per item", "#,0", static figures => figures.MostPreemptions),
        new("wasted %", "0.00", static figures => figures.WastedPercent),
    ];
}
