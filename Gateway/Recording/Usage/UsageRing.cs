using System.Diagnostics.CodeAnalysis;

namespace Gateway.Recording.Usage;

/// <summary>
/// The last so many minutes (or hours), each with its sums. Only the one that is counted in is kept as objects; the others are kept as the bytes
/// in which they are saved. A clock that is set back finds its minutes again; one set back by more than all there is writes over them.
/// Not thread-safe.
/// </summary>
internal sealed class UsageRing(int size)
{
    private readonly Entry[] _entries = new Entry[size];
    private UsageSlot? _open;
    private long _openTime;

    /// <summary>The sums of that minute, to count in.</summary>
    public UsageSlot At(long time)
    {
        if (_open is null || _openTime != time)
        {
            Open(time);
        }

        _entries[IndexOf(time)].IsUnshared = true;
        return _open;
    }

    /// <summary>Adds the sums of that minute, if there are any.</summary>
    public void AddTo(UsageSlot sum, long time)
    {
        if (BytesOf(time) is { } bytes)
        {
            sum.TryAdd(bytes);
        }
    }

    /// <summary>What is saved, from that time on.</summary>
    public IEnumerable<(long Time, byte[] Slot)> From(long oldest)
    {
        Keep();
        return _entries.Where(entry => entry.Slot is not null && entry.Time >= oldest).OrderBy(static entry => entry.Time)
            .Select(static entry => (entry.Time, entry.Slot!)).ToList();
    }

    /// <summary>What has changed since the last time this was asked, from that time on.</summary>
    public IReadOnlyList<(long Time, byte[] Slot)> TakeUnshared(long oldest)
    {
        Keep();
        List<(long, byte[])> changed = [];
        foreach (ref Entry entry in _entries.AsSpan())
        {
            if (entry is { IsUnshared: true, Slot: { } slot } && entry.Time >= oldest)
            {
                changed.Add((entry.Time, slot));
            }

            entry.IsUnshared = false;
        }

        return changed;
    }

    /// <summary>It is to be asked for again.</summary>
    public void MarkUnshared(long time)
    {
        ref Entry entry = ref _entries[IndexOf(time)];
        entry.IsUnshared |= entry.Time == time;
    }

    public void MarkAllUnshared()
    {
        foreach (ref Entry entry in _entries.AsSpan())
        {
            entry.IsUnshared = true;
        }
    }

    private byte[]? BytesOf(long time)
    {
        if (_openTime == time)
        {
            Keep();
        }

        ref readonly Entry entry = ref _entries[IndexOf(time)];
        return entry.Time == time ? entry.Slot : null;
    }

    [MemberNotNull(nameof(_open))]
    private void Open(long time)
    {
        Keep();
        _open = new UsageSlot();
        _openTime = time;
        ref Entry entry = ref _entries[IndexOf(time)];
        if (entry.Time == time && entry.Slot is { } earlier)
        {
            _open.TryAdd(earlier);
        }
        else
        {
            entry = new Entry { Time = time };
        }
    }

    private void Keep()
    {
        if (_open is not null)
        {
            _entries[IndexOf(_openTime)].Slot = _open.Encode();
        }
    }

    private int IndexOf(long time) => (int)(time % size);

    private struct Entry
    {
        public long Time;
        public byte[]? Slot;
        public bool IsUnshared;
    }
}
