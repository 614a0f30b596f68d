using Load.Driver.Targets;

namespace Load.Driver.Options;

/// <summary>What to run against what. Paths are absolute.</summary>
internal sealed record DriverOptions
{
    public required string Repository { get; init; }

    public required IReadOnlyList<string> Scenarios { get; init; }

    public required IReadOnlyList<Target> Targets { get; init; }

    public required string SimulatorPath { get; init; }

    public required string GatewayPath { get; init; }

    /// <summary>A gateway of an earlier commit that <c>observed</c> is held against too; null: none.</summary>
    public string? EarlierPath { get; init; }

    public required string BarePath { get; init; }

    public required string NginxPath { get; init; }

    /// <summary>Null writes no report.</summary>
    public required string? ReportPath { get; init; }

    public int Rounds { get; init; } = 7;

    public int WarmUps { get; init; } = 6;

    /// <summary>Rounds of the scenarios about memory: each takes a process of its own and most of a minute.</summary>
    public int MemoryRounds { get; init; } = 1;

    public int Connections { get; init; } = 16;

    public int Streams { get; init; } = 10_000;

    /// <summary>The tier whose port takes the load: 1 (default), 2 or 3.</summary>
    public int Tier { get; init; } = 1;

    /// <summary>Multiplies the requests of a round; below 1 for a quick look.</summary>
    public double Scale { get; init; } = 1;
}
