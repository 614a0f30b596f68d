namespace Gateway.Scheduling;

/// <summary>What an attempt's end means for its item.</summary>
public enum AttemptVerdict
{
    /// <summary>The item is over: answered, failed for good, or its caller left.</summary>
    Final,

    /// <summary>
    /// The attempt was interrupted by the scheduler before anything reached the caller: back to its place in the lane. Counts as
    /// <see cref="Final"/> when the scheduler did not interrupt it.
    /// </summary>
    Preempted,

    /// <summary>The attempt failed before anything reached the caller and is worth another try.</summary>
    Retry,

    /// <summary>
    /// The attempt was not made, because the instance's window refused it: back to its place in the lane, as if it had not been granted.
    /// The window must have been closed for it before (<see cref="Scheduler.CloseWindow"/>), or the grant would come again at once.
    /// </summary>
    Deferred,
}
