namespace Gateway.Management.Dashboard.Feed;

/// <summary>
/// The last events, oldest first, for whoever opens the dashboard after they happened. Bounded; written from any thread. A caller whose every request
/// is refused must not push out what an operator came to see: failures have most of the places and not all, and equal ones a quarter.
/// </summary>
internal sealed class EventLog(TimeProvider time)
{
    public const int Capacity = 80;

    public const int MaxFailures = Capacity * 3 / 4;

    /// <summary>With the same status and reason.</summary>
    public const int MaxEqualFailures = Capacity / 4;

    private readonly Lock _lock = new();
    private readonly List<LiveEvent> _events = new(Capacity);
    private long _last;

    public void Add(LiveEvent happened)
    {
        lock (_lock)
        {
            if (IsFailure(happened))
            {
                MakeRoom_NeedsLock(MaxEqualFailures, kept => IsFailure(kept) && kept.Status == happened.Status && kept.Reason == happened.Reason);
                MakeRoom_NeedsLock(MaxFailures, IsFailure);
            }

            MakeRoom_NeedsLock(Capacity, static _ => true);
            _events.Add(happened with { Id = ++_last, At = time.GetUtcNow().ToUnixTimeMilliseconds() });
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

    private static bool IsFailure(LiveEvent happened) => happened.Kind == LiveEventKind.Failed;

    /// <summary>Where as many of them are kept as may be, the oldest goes.</summary>
    private void MakeRoom_NeedsLock(int most, Predicate<LiveEvent> which)
    {
        if (_events.Count >= most && _events.Count(which.Invoke) >= most)
        {
            _events.RemoveAt(_events.FindIndex(which));
        }
    }
}
