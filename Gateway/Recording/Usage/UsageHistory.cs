namespace Gateway.Recording.Usage;

/// <summary>
/// What this gateway has done: per minute for a day, per hour for thirty. Requests of the API only; who looks at the gateway is not its usage.
/// </summary>
internal sealed class UsageHistory : IAccessSink
{
    private readonly Lock _lock = new();
    private readonly UsageRing _minutes = new(UsageResolution.Minutes.Slots);
    private readonly UsageRing _hours = new(UsageResolution.Hours.Slots);
    private long _changes;

    /// <summary>By which the sums of this gateway are known among others; kept with them. Set before anything is shared.</summary>
    public Guid Id { get; set; } = Guid.NewGuid();

    /// <summary>Grows with every change.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    public void Write(AccessRecord record)
    {
        if (!record.IsApi)
        {
            return;
        }

        // By the monotonic clock, and not one more look at it.
        DateTimeOffset end = record.StartedAt + record.Duration;
        long minute = UsageResolution.Minutes.SlotOf(end);
        long hour = UsageResolution.Hours.SlotOf(end);
        lock (_lock)
        {
            UsageTally.Add(_minutes.At(minute), record);
            UsageTally.Add(_hours.At(hour), record);
            _changes++;
        }
    }

    /// <summary>Adds the sums of one slot, if there are any.</summary>
    public void AddTo(UsageSlot sum, UsageResolution resolution, long slot)
    {
        lock (_lock)
        {
            RingOf(resolution).AddTo(sum, slot);
        }
    }

    /// <summary>What is kept, from that slot on, in order.</summary>
    public IEnumerable<(long Slot, byte[] Sums)> From(UsageResolution resolution, long oldest)
    {
        lock (_lock)
        {
            return RingOf(resolution).From(oldest);
        }
    }

    /// <summary>Takes over what was saved of this same history. False when it is not what was saved.</summary>
    public bool TryRestore(UsageResolution resolution, long slot, ReadOnlySpan<byte> sums)
    {
        lock (_lock)
        {
            _changes++;
            return RingOf(resolution).At(slot).TryAdd(sums);
        }
    }

    /// <summary>Takes over what others were told of a slot, as far as what was saved of it is behind that.</summary>
    public void Recall(UsageResolution resolution, long slot, UsageSlot told, UsageSlot saved)
    {
        lock (_lock)
        {
            _changes++;
            RingOf(resolution).At(slot).AddExcess(told, saved);
        }
    }

    /// <summary>What was counted since this was last asked.</summary>
    public IReadOnlyList<(long Slot, byte[] Sums)> TakeUnshared(UsageResolution resolution, long oldest)
    {
        lock (_lock)
        {
            return RingOf(resolution).TakeUnshared(oldest);
        }
    }

    /// <summary>It did not arrive: it is to be taken again.</summary>
    public void MarkUnshared(UsageResolution resolution, long slot)
    {
        lock (_lock)
        {
            RingOf(resolution).MarkUnshared(slot);
        }
    }

    public void MarkAllUnshared()
    {
        lock (_lock)
        {
            _minutes.MarkAllUnshared();
            _hours.MarkAllUnshared();
        }
    }

    private UsageRing RingOf(UsageResolution resolution) => resolution == UsageResolution.Minutes ? _minutes : _hours;
}
