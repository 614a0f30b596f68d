namespace Gateway.Management.Dashboard.Feed;

/// <summary>The last events, oldest first, for whoever opens the dashboard after they happened. Bounded; written from any thread.</summary>
internal sealed class EventLog(TimeProvider time)
{
    public const int Capacity = 80;

    private readonly Lock _lock = new();
    private readonly Queue<LiveEvent> _events = new(Capacity);
    private long _last;

    public void Add(LiveEvent happened)
    {
        lock (_lock)
        {
            if (_events.Count == Capacity)
            {
                _events.Dequeue();
            }

            _events.Enqueue(happened with { Id = ++_last, At = time.GetUtcNow().ToUnixTimeMilliseconds() });
        }
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<LiveEvent> Kept()
    {
        lock (_lock)
        {
            return [.. _events];
        }
    }
}
