using System.ComponentModel;
using Gateway.Scheduling;

namespace Gateway.Management.Queue;

/// <summary>A request that waits.</summary>
internal sealed record WaitingItem
{
    [Description("Its number by arrival; DELETE /admin/queue/{id} takes it out.")]
    public required long Id { get; init; }

    public required string? RequestId { get; init; }

    [Description("Place among all that wait, from 1; 0 while it sleeps.")]
    public required int Position { get; init; }

    [Description("queued or sleeping (a retry is not due yet).")]
    public required ItemState State { get; init; }

    [Description("Time since its arrival.")]
    public required long AgeMs { get; init; }

    public required int Attempts { get; init; }

    public required int Preemptions { get; init; }

    public required int Retries { get; init; }

    [Description("Estimated from recent calls; zero while it sleeps.")]
    public required long EstimatedWaitMs { get; init; }
}
