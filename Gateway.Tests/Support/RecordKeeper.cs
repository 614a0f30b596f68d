using Gateway.Recording;

namespace Gateway.Tests.Support;

/// <summary>Keeps every access record and lets a test await the next ones.</summary>
internal sealed class RecordKeeper : IAccessSink
{
    private readonly Lock _lock = new();
    private readonly List<AccessRecord> _records = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];

    public IReadOnlyList<AccessRecord> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _records];
            }
        }
    }

    /// <summary>Completes when at least so many requests have left their record.</summary>
    public async Task<IReadOnlyList<AccessRecord>> WaitForAsync(int count)
    {
        Task reached;
        lock (_lock)
        {
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_records.Count >= count)
            {
                waiter.SetResult();
            }

            _waiters.Add((count, waiter));
            reached = waiter.Task;
        }

        await reached.WaitAsync(TimeSpan.FromSeconds(20));
        return All;
    }

    void IAccessSink.Write(AccessRecord record)
    {
        lock (_lock)
        {
            _records.Add(record);
            foreach ((_, TaskCompletionSource reached) in _waiters.Where(waiter => waiter.Count <= _records.Count))
            {
                reached.TrySetResult();
            }
        }
    }
}
