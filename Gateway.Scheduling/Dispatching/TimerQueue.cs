namespace Gateway.Scheduling;

/// <summary>
/// All deadlines of the core but the openings of gates, earliest first. Removal is O(1): a timer whose item has moved on is only counted as stale and is
/// dropped when it comes up, or in bulk once stale timers are the majority.
/// </summary>
internal sealed class TimerQueue
{
    private const int CompactAbove = 64;

    private readonly PriorityQueue<Entry, long> _heap = new();
    private readonly List<(Entry Entry, long At)> _kept = [];
    private int _stale;

    public int Count => _heap.Count - _stale;

    public void Add(long at, TimerKind kind, WorkItem item)
    {
        item.PendingTimers++;
        _heap.Enqueue(new Entry(item, item.TimerStamp, kind, item.Instance), at);
    }

    public void Add(long at, TimerKind kind, int instance) => _heap.Enqueue(new Entry(null, 0, kind, instance), at);

    /// <summary>The item left the state its timers belong to.</summary>
    public void Abandon(WorkItem item)
    {
        item.TimerStamp++;
        _stale += item.PendingTimers;
        item.PendingTimers = 0;
        if (_stale > CompactAbove && _stale > _heap.Count / 2)
        {
            Compact();
        }
    }

    public bool TryTakeDue(long now, out Entry due)
    {
        while (_heap.TryPeek(out due, out long at))
        {
            if (due.IsStale)
            {
                _heap.Dequeue();
                _stale--;
            }
            else if (at > now)
            {
                return false;
            }
            else
            {
                _heap.Dequeue();
                if (due.Item is not null)
                {
                    due.Item.PendingTimers--;
                }

                return true;
            }
        }

        return false;
    }

    /// <summary>Time of the earliest timer, or <see cref="long.MaxValue"/>.</summary>
    public long Earliest()
    {
        while (_heap.TryPeek(out Entry entry, out long at))
        {
            if (!entry.IsStale)
            {
                return at;
            }

            _heap.Dequeue();
            _stale--;
        }

        return long.MaxValue;
    }

    private void Compact()
    {
        foreach ((Entry entry, long at) in _heap.UnorderedItems)
        {
            if (!entry.IsStale)
            {
                _kept.Add((entry, at));
            }
        }

        _heap.Clear();
        foreach ((Entry entry, long at) in _kept)
        {
            _heap.Enqueue(entry, at);
        }

        _kept.Clear();
        _stale = 0;
    }

    internal readonly record struct Entry(WorkItem? Item, int Stamp, TimerKind Kind, int Instance)
    {
        public bool IsStale => Item is not null && Item.TimerStamp != Stamp;
    }
}
