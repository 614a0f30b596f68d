using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>A fault, and what must hold meanwhile and afterwards.</summary>
internal interface IScenario
{
    /// <summary>Ids of the rows it shows, with a slash between them.</summary>
    string Rows { get; }

    string Fault { get; }

    Task PlayAsync(World world, Findings findings, CancellationToken stop);
}
