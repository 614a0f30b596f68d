using Load.Driver.Targets;

namespace Load.Driver.Scenarios;

/// <summary>Something to do to every target, and what to measure of it.</summary>
internal interface IScenario
{
    string Name { get; }

    string Summary { get; }

    /// <summary>What every threshold of this run must be read with; empty when it ran as asked.</summary>
    string Qualifier => "";

    int Rounds { get; }

    int WarmUps { get; }

    /// <summary>Memory is compared with that of a young process, so such a scenario starts the target anew for each round.</summary>
    bool FreshProcesses { get; }

    int GatewayConcurrency { get; }

    /// <summary>Columns of the report; ratios are formed of the first.</summary>
    IReadOnlyList<Metric> Metrics { get; }

    IReadOnlyList<Limit> Limits { get; }

    /// <summary>Whom it measures, of those the run was asked to.</summary>
    IReadOnlyList<Target> TargetsOf(IReadOnlyList<Target> asked) => asked;

    Task WarmUpAsync(RunningTarget target, CancellationToken stop);

    Task<Measurement> RunAsync(RunningTarget target, int round, CancellationToken stop);
}
