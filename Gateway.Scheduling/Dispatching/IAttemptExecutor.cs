namespace Gateway.Scheduling;

/// <summary>What an attempt does. The scheduler owns when one starts, stops and is tried again.</summary>
public interface IAttemptExecutor
{
    /// <summary>Makes one upstream call. Attempts of one item never overlap.</summary>
    /// <param name="attempt">The lease; valid until the returned task completes.</param>
    /// <returns>
    /// The verdict. An exception counts as <see cref="AttemptVerdict.Final"/> and reaches the caller of <see cref="Scheduler.RunAsync"/>;
    /// <see cref="AttemptVerdict.Preempted"/> of an attempt that the scheduler did not interrupt counts as final too.
    /// </returns>
    ValueTask<AttemptResult> ExecuteAsync(Attempt attempt);

    /// <summary>The instances able to serve the item, as things are. Asked on the scheduler's loop, by <see cref="Scheduler.Reroute"/>: must be quick.</summary>
    /// <param name="item">The item.</param>
    InstanceSet Route(WorkItem item) => item.Instances;
}
