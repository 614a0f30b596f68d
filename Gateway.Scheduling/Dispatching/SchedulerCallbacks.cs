namespace Gateway.Scheduling;

/// <summary>What a <see cref="Scheduler"/> tells whoever runs it. Called on the scheduler's loop: return at once. One that throws counts as a fault.</summary>
public sealed record SchedulerCallbacks
{
    /// <summary>A step met a bug: the exception and the journal. From now on every item is refused with <see cref="EndReason.Faulted"/>.</summary>
    public Action<Exception, string>? Faulted { get; init; }

    /// <summary>An attempt was told to stop and did not end in time; its slot stays taken until it does.</summary>
    public Action<WorkItem>? Leaked { get; init; }
}
