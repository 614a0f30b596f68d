using System.ComponentModel;
using Gateway.Scheduling;

namespace Gateway.Management.Queue;

/// <summary>A request that holds a slot.</summary>
internal sealed record RunningItem
{
    [Description("Its number by arrival.")]
    public required long Id { get; init; }

    public required string? RequestId { get; init; }

    [Description("running, revoking (told to stop) or closing (over, but its upstream call was not seen to end).")]
    public required ItemState State { get; init; }

    [Description("Time since its arrival.")]
    public required long AgeMs { get; init; }

    public required int Attempts { get; init; }

    public required int Preemptions { get; init; }

    public required int Retries { get; init; }

    public required string? Instance { get; init; }

    [Description("Content has reached the caller: nothing can interrupt it any more.")]
    public required bool Committed { get; init; }
}
