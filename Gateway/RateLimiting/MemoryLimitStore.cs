using System.Runtime.InteropServices;

namespace Gateway.RateLimiting;

/// <summary>
/// Windows in this process, on its monotonic clock. At most <paramref name="capacity"/> keys: only an empty window is ever forgotten, and a
/// new key that finds no room shares a window with others like it, so that no crowd of keys refills anybody's.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="window">Length of the windows.</param>
/// <param name="capacity">Keys.</param>
internal sealed class MemoryLimitStore(TimeProvider time, TimeSpan window, int capacity = MemoryLimitStore.DefaultCapacity) : ILimitStore
{
    public const int DefaultCapacity = 64 * 1024;

    private const int Stripes = 16;

    private readonly long _origin = time.GetTimestamp();
    private readonly long _slotTicks = window.Ticks / SlidingWindow.Slots;
    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, Stripes).Select(index => new Stripe(index, Math.Max(1, capacity / Stripes)))];

    /// <summary>Keys that are kept.</summary>
    public int Count => _stripes.Sum(static stripe => stripe.Count);

    public ValueTask<LimitAnswer?> TakeAsync(LimitDemand first, LimitDemand second = default) => new(Take(first, second));

    public LimitAnswer Take(in LimitDemand first, in LimitDemand second = default)
    {
        Stripe one = StripeOf(first.Key);
        Stripe two = second.IsNone ? one : StripeOf(second.Key);

        // Always in the same order, or two callers could wait for each other.
        (Stripe outer, Stripe inner) = one.Index <= two.Index ? (one, two) : (two, one);
        lock (outer.Lock)
        {
            if (ReferenceEquals(outer, inner))
            {
                return Take_NeedsLock(one, first, two, second);
            }

            lock (inner.Lock)
            {
                return Take_NeedsLock(one, first, two, second);
            }
        }
    }

    public ValueTask SettleAsync(LimitReceipt receipt, long actual)
    {
        Settle(receipt, actual);
        return ValueTask.CompletedTask;
    }

    public void Settle(in LimitReceipt receipt, long actual)
    {
        Stripe stripe = StripeOf(receipt.Key);
        lock (stripe.Lock)
        {
            long slot = SlotAt(time.GetElapsedTime(_origin));
            SlidingWindow taken = stripe.Window(receipt.Key, slot);
            if (actual < receipt.Amount)
            {
                taken.GiveBack(receipt.LocalSlot, receipt.Amount - actual);
                taken.Allow();
            }
            else if (actual > receipt.Amount)
            {
                taken.Add(slot, actual - receipt.Amount);
            }
        }
    }

    /// <summary>Books what was granted elsewhere, whatever the limit; returns the slot.</summary>
    public long Book(in LimitKey key, long amount)
    {
        Stripe stripe = StripeOf(key);
        lock (stripe.Lock)
        {
            long slot = SlotAt(time.GetElapsedTime(_origin));
            SlidingWindow window = stripe.Window(key, slot);
            if (window.RefusedUntil(amount) is not null)
            {
                window.Allow();
            }

            window.Add(slot, amount);
            return slot;
        }
    }

    /// <summary>Notes what was refused elsewhere, and for how long.</summary>
    public void Refuse(in LimitKey key, long amount, TimeSpan retryAfter)
    {
        Stripe stripe = StripeOf(key);
        lock (stripe.Lock)
        {
            TimeSpan now = time.GetElapsedTime(_origin);
            SlidingWindow window = stripe.Window(key, SlotAt(now));

            // A window that newcomers share must not be closed for all of them by one.
            if (!stripe.IsShared(window, key.Kind))
            {
                window.Refuse(amount, SlotAt(now + retryAfter) + 1);
            }
        }
    }

    private LimitAnswer Take_NeedsLock(Stripe one, in LimitDemand first, Stripe two, in LimitDemand second)
    {
        TimeSpan now = time.GetElapsedTime(_origin);
        long slot = SlotAt(now);
        SlidingWindow firstWindow = one.Window(first.Key, slot);
        SlidingWindow? secondWindow = second.IsNone ? null : two.Window(second.Key, slot, firstWindow);
        TimeSpan firstWait = WaitOf(firstWindow, first, now);
        TimeSpan secondWait = secondWindow is null ? TimeSpan.Zero : WaitOf(secondWindow, second, now);
        bool isGranted = firstWait == TimeSpan.Zero && secondWait == TimeSpan.Zero;
        if (isGranted)
        {
            firstWindow.Add(slot, first.Amount);
            secondWindow?.Add(slot, second.Amount);
        }

        return new LimitAnswer(
            isGranted,
            StateOf(firstWindow, first, firstWait, isGranted, slot, now),
            secondWindow is null ? default : StateOf(secondWindow, second, secondWait, isGranted, slot, now));
    }

    /// <summary>Zero when the amount fits now, infinite when it never will.</summary>
    private TimeSpan WaitOf(SlidingWindow window, in LimitDemand demand, TimeSpan now)
    {
        TimeSpan own = window.BlockedBy(demand.Limit, demand.Amount) switch
        {
            null => TimeSpan.Zero,
            < 0 => Timeout.InfiniteTimeSpan,
            { } blocking => LeavesAfter(blocking, now),
        };
        if (own < TimeSpan.Zero || window.RefusedUntil(demand.Amount) is not { } until)
        {
            return own;
        }

        TimeSpan elsewhere = TimeSpan.FromTicks(until * _slotTicks) - now;
        return elsewhere > own ? elsewhere : own;
    }

    private LimitState StateOf(SlidingWindow taken, in LimitDemand demand, TimeSpan wait, bool isGranted, long slot, TimeSpan now) => new(
        Math.Max(0, demand.Limit - taken.Used),
        taken.Used,
        wait,
        taken.Newest is { } newest ? LeavesAfter(newest, now) : TimeSpan.Zero,
        isGranted ? new LimitReceipt(demand.Key, demand.Amount, slot) : default);

    private long SlotAt(TimeSpan now) => now.Ticks / _slotTicks;

    private TimeSpan LeavesAfter(long slot, TimeSpan now) => TimeSpan.FromTicks(((slot + SlidingWindow.Slots + 1) * _slotTicks) - now.Ticks);

    private Stripe StripeOf(in LimitKey key) => _stripes[(uint)key.GetHashCode() % Stripes];

    private sealed class Stripe(int index, int capacity)
    {
        private readonly Dictionary<LimitKey, SlidingWindow> _windows = [];
        private readonly SlidingWindow[] _shared = new SlidingWindow[Enum.GetValues<LimitKind>().Length];
        private int _sweepAt = Math.Min(64, capacity);
        private long _sweptIn = -1;

        public int Index => index;

        public object Lock => _windows;

        public int Count
        {
            get
            {
                lock (Lock)
                {
                    return _windows.Count;
                }
            }
        }

        public bool IsShared(SlidingWindow window, LimitKind kind) => ReferenceEquals(window, _shared[(int)kind]);

        /// <summary>The key's window, without what has left it.</summary>
        /// <param name="key">The key.</param>
        /// <param name="slot">The current slot.</param>
        /// <param name="held">A window that is about to be used: empty or not, it is not forgotten.</param>
        public SlidingWindow Window(in LimitKey key, long slot, SlidingWindow? held = null)
        {
            if (!_windows.TryGetValue(key, out SlidingWindow? window))
            {
                // Once in a slot: until the next one, nothing more can have emptied.
                if (_windows.Count >= _sweepAt && slot > _sweptIn)
                {
                    Sweep(slot, held);
                }

                if (_windows.Count >= capacity)
                {
                    window = _shared[(int)key.Kind] ??= new SlidingWindow();
                }
                else
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(_windows, key, out _) = window = new SlidingWindow();
                }
            }

            window.Expire(slot);
            return window;
        }

        /// <summary>Forgets empty windows. Waits for twice as many keys before it looks again, so that it costs each new key the same.</summary>
        private void Sweep(long slot, SlidingWindow? held)
        {
            _sweptIn = slot;
            foreach ((LimitKey key, SlidingWindow window) in _windows)
            {
                window.Expire(slot);
                if (window.IsEmpty && !ReferenceEquals(window, held))
                {
                    _windows.Remove(key);
                }
            }

            _sweepAt = Math.Min(capacity, Math.Max(64, _windows.Count * 2));
        }
    }
}
