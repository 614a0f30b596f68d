using System.Collections.Concurrent;

namespace Gateway.Caching;

/// <summary>
/// Answers in this process, bounded in bytes. Eviction by use (SIEVE): entries stand in the order they came; a hand goes from the oldest to the
/// newest, spares what was used since it last passed, and takes the first that was not. A hit only sets a mark, so that reading takes no lock.
/// </summary>
internal sealed class MemoryAnswerStore : IAnswerStore
{
    private readonly CacheBudget _budget;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<CacheKey, Entry> _entries = new();
    private readonly Lock _lock = new();
    private Entry? _oldest;
    private Entry? _newest;
    private Entry? _hand;

    public MemoryAnswerStore(CacheBudget budget, TimeProvider time)
    {
        (_budget, _time) = (budget, time);
        budget.Overdrawn += Evict;
    }

    public ValueTask<CachedAnswer?> FindAsync(CacheKey key)
    {
        if (!_entries.TryGetValue(key, out Entry? entry))
        {
            return default;
        }

        if (IsExpired(entry))
        {
            lock (_lock)
            {
                Remove_NeedsLock(entry);
            }

            return default;
        }

        entry.IsUsed = true;
        return ValueTask.FromResult<CachedAnswer?>(entry.Answer);
    }

    public ValueTask StoreAsync(CacheKey key, CachedAnswer answer, TimeSpan ttl)
    {
        if (answer.Size <= _budget.Largest && _budget.TryTake(answer.Size))
        {
            answer.Budget = _budget;
            var entry = new Entry(key, answer, _time.GetTimestamp() + (long)(ttl.TotalSeconds * _time.TimestampFrequency));
            lock (_lock)
            {
                if (_entries.TryGetValue(key, out Entry? older))
                {
                    Remove_NeedsLock(older);
                }

                _entries[key] = entry;
                entry.Older = _newest;
                if (_newest is not null)
                {
                    _newest.Newer = entry;
                }

                _newest = entry;
                _oldest ??= entry;
            }
        }

        return ValueTask.CompletedTask;
    }

    public Task<bool> RemoveAsync(CacheKey key)
    {
        lock (_lock)
        {
            return Task.FromResult(_entries.TryGetValue(key, out Entry? entry) && Remove_NeedsLock(entry) && !IsExpired(entry));
        }
    }

    public Task<long?> ClearAsync(uint? model)
    {
        long removed = 0;
        lock (_lock)
        {
            for (Entry? entry = _oldest, newer; entry is not null; entry = newer)
            {
                newer = entry.Newer;
                if ((model is null || entry.Key.Model == model) && Remove_NeedsLock(entry) && !IsExpired(entry))
                {
                    removed++;
                }
            }
        }

        return Task.FromResult<long?>(removed);
    }

    public Task<long> CountAsync() => Task.FromResult(_entries.LongCount(entry => !IsExpired(entry.Value)));

    private bool IsExpired(Entry entry) => _time.GetTimestamp() >= entry.ExpiresAt;

    /// <summary>Each step of the hand takes a mark or an entry, so the work is bounded by the hits and stores that went before.</summary>
    private void Evict()
    {
        lock (_lock)
        {
            while (_budget.IsOverdrawn && (_hand ??= _oldest) is { } entry)
            {
                _hand = entry.Newer;
                if (entry.IsUsed && !IsExpired(entry))
                {
                    entry.IsUsed = false;
                }
                else
                {
                    Remove_NeedsLock(entry);
                }
            }
        }
    }

    /// <summary>False when it was gone already.</summary>
    private bool Remove_NeedsLock(Entry entry)
    {
        if (!_entries.TryRemove(KeyValuePair.Create(entry.Key, entry)))
        {
            return false;
        }

        if (entry.Older is { } older)
        {
            older.Newer = entry.Newer;
        }
        else
        {
            _oldest = entry.Newer;
        }

        if (entry.Newer is { } newer)
        {
            newer.Older = entry.Older;
        }
        else
        {
            _newest = entry.Older;
        }

        if (_hand == entry)
        {
            _hand = entry.Newer;
        }

        entry.Older = entry.Newer = null;
        entry.Answer.LetGo();
        return true;
    }

    private sealed class Entry(CacheKey key, CachedAnswer answer, long expiresAt)
    {
        public CacheKey Key { get; } = key;

        public CachedAnswer Answer { get; } = answer;

        public long ExpiresAt { get; } = expiresAt;

        public bool IsUsed { get; set; }

        public Entry? Older { get; set; }

        public Entry? Newer { get; set; }
    }
}
