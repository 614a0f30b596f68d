namespace UpstreamSimulator.Counting;

/// <summary>A test that waits for a state of the counters.</summary>
internal sealed class StateWaiter(Func<StatsSnapshot, bool> condition)
{
    // Asynchronous continuations: the waiter is completed under the lock of the counters.
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Task => _done.Task;

    /// <summary>Completes when the condition holds; a condition that throws hands its exception to the waiter.</summary>
    public bool TryComplete(StatsSnapshot snapshot)
    {
        try
        {
            if (!condition(snapshot)) return false;
            _done.TrySetResult();
        }
        catch (Exception failure)
        {
            _done.TrySetException(failure);
        }

        return true;
    }
}
