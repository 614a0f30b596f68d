namespace Gateway.Scheduling;

/// <content>
/// What is told to it by configuration, health and operators. Wrong arguments throw here and not in the step, where they would close the
/// scheduler for everybody.
/// </content>
public sealed partial class Scheduler
{
    /// <summary>Changes an instance's slots; 0 takes nothing new to it. Also makes an instance known.</summary>
    /// <param name="instance">Index, 0 to 63.</param>
    /// <param name="limit">0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such instance, or the limit is negative.</exception>
    public void SetLimit(int instance, int limit)
    {
        ThrowIfNoInstance(instance);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        Post(SchedulerEvent.LimitChanged(instance, limit));
    }

    /// <summary>Closes a gate of an instance for a time.</summary>
    /// <param name="instance">Index, 0 to 63.</param>
    /// <param name="gate">Which.</param>
    /// <param name="duration">For how long; zero opens it, <see cref="Timeout.InfiniteTimeSpan"/> closes it until told otherwise.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such instance, or no such gate.</exception>
    public void CloseGate(int instance, GateKind gate, TimeSpan duration)
    {
        ThrowIfNoInstance(instance);
        if (!Enum.IsDefined(gate))
        {
            throw new ArgumentOutOfRangeException(nameof(gate), gate, "There is no such gate.");
        }

        long closedUntil = duration == Timeout.InfiniteTimeSpan ? long.MaxValue
            : duration <= TimeSpan.Zero ? 0
            : SchedulerCore.After(Now(), duration);
        Post(SchedulerEvent.GateChanged(instance, gate, closedUntil));
    }

    /// <summary>
    /// Closes an instance's window for a tier and all less urgent ones. A tier that was closed for longer stays so. Once it was closed, the
    /// window lets attempts through one at a time (<see cref="Attempt.IsProbe"/>) until nobody waits for the instance any more.
    /// </summary>
    /// <param name="instance">Index, 0 to 63.</param>
    /// <param name="fromPriority">The most urgent tier concerned. Any integer.</param>
    /// <param name="duration">For how long; zero opens the window for all tiers, whatever the priority.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such instance.</exception>
    public void CloseWindow(int instance, int fromPriority, TimeSpan duration)
    {
        ThrowIfNoInstance(instance);
        long closedUntil = duration <= TimeSpan.Zero ? 0 : SchedulerCore.After(Now(), duration);
        Post(SchedulerEvent.WindowChanged(instance, fromPriority, closedUntil));
    }

    /// <summary>Replaces the ports' policies; their priorities must stay the same set.</summary>
    /// <param name="tiers">All ports' policies.</param>
    public void SetTiers(IReadOnlyList<TierPolicy> tiers)
    {
        ArgumentNullException.ThrowIfNull(tiers);
        Post(SchedulerEvent.TiersChanged(tiers));
    }

    /// <summary>
    /// Instances have come, gone or changed: every item that is not over is asked again which of them are able to serve it
    /// (<see cref="IAttemptExecutor.Route"/>). Those that wait keep their places. Tell of slots that came before this, and of slots that went after it: who
    /// has nowhere to go at this moment is ended with <see cref="EndReason.NoInstance"/>.
    /// </summary>
    public void Reroute() => Post(SchedulerEvent.Rerouted([]));

    /// <summary>Picks instances by another strategy from now on.</summary>
    /// <param name="strategy">Which.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such strategy.</exception>
    public void SetRouting(RoutingStrategy strategy)
    {
        if (!Enum.IsDefined(strategy))
        {
            throw new ArgumentOutOfRangeException(nameof(strategy), strategy, "There is no such strategy.");
        }

        Post(SchedulerEvent.RoutingChanged(strategy));
    }

    /// <summary>Changes what routing knows of an instance. Another weight starts the turns anew.</summary>
    /// <param name="instance">Index, 0 to 63.</param>
    /// <param name="traits">All of them.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such instance, the weight is below 1, or the quality is not a number.</exception>
    public void SetTraits(int instance, InstanceTraits traits)
    {
        ThrowIfNoInstance(instance);
        InstanceTraits.ThrowIfInvalid(traits);
        Post(SchedulerEvent.TraitsChanged(instance, traits));
    }

    /// <summary>
    /// A paused tier takes items and is granted nothing, nor does it interrupt anybody; what runs goes on. A drain lifts every pause, and
    /// none can be set while it lasts.
    /// </summary>
    /// <param name="priority">The tier.</param>
    /// <param name="paused">False resumes it.</param>
    /// <exception cref="ArgumentOutOfRangeException">No tier has this priority.</exception>
    public void SetPaused(int priority, bool paused)
    {
        ThrowIfNoTier(priority);
        Post(SchedulerEvent.TierPaused(priority, paused));
    }

    /// <summary>Takes a queued or sleeping item out; its submitter gets <see cref="EndReason.Removed"/>.</summary>
    /// <param name="sequence">The item's <see cref="WorkItem.Sequence"/>.</param>
    /// <returns>Done, or why not; as things were at one moment.</returns>
    public Task<EvictionResult> EvictAsync(long sequence)
    {
        var request = new RemovalRequest(sequence, new TaskCompletionSource<EvictionResult>(TaskCreationOptions.RunContinuationsAsynchronously));
        _removals.Enqueue(request);
        if (!Post(SchedulerEvent.Tick()))
        {
            request.Completion.TrySetResult(EvictionResult.Unknown);
        }

        return request.Completion.Task;
    }

    /// <summary>
    /// Moves an item up to a more urgent tier, waiting or running, because somebody of that tier waits for its end too. It keeps its
    /// place by arrival and its own time limit. An item that is over, or in a tier as urgent already, stays as it is.
    /// </summary>
    /// <param name="item">An item that was handed to this scheduler.</param>
    /// <param name="policy">The policy whose tier it inherits.</param>
    /// <exception cref="ArgumentOutOfRangeException">No tier has the policy's priority.</exception>
    public void Promote(WorkItem item, TierPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentNullException.ThrowIfNull(policy);
        ThrowIfNoTier(policy.Priority);
        Post(SchedulerEvent.Promoted(item, policy));
    }

    private static void ThrowIfNoInstance(int instance)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(instance);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(instance, InstanceSet.MaxInstances);
    }

    private void ThrowIfNoTier(int priority)
    {
        if (!_core.HasLane(priority))
        {
            throw new ArgumentOutOfRangeException(nameof(priority), priority, "No tier has this priority.");
        }
    }

    private readonly record struct RemovalRequest(long Sequence, TaskCompletionSource<EvictionResult> Completion);
}
