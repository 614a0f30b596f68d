namespace Gateway.Tests.Support;

/// <summary>A clock that moves only when a test moves it, and fires the timers that come due in their order.</summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(Func<bool> IsReached, TaskCompletionSource Reached)> _waiters = [];
    private readonly DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that are armed.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    /// <summary>Completes when at least so many timers are armed.</summary>
    public Task WaitForTimersAsync(int count) => WaitForAsync(() => _timers.Count >= count);

    /// <summary>
    /// Completes when so many timers are armed for exactly then, seen from now. Before it is, whoever arms it may have looked at the clock already: a clock
    /// that moves in between would leave the timer due as much later.
    /// </summary>
    public Task WaitForTimerAsync(TimeSpan due, int count = 1) => WaitForAsync(() => _timers.Count(timer => timer.DueAt == _now + due.Ticks) >= count);

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => _start.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state, period);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock, stopping at each timer on the way.</summary>
    public void Advance(TimeSpan by)
    {
        long end = GetTimestamp() + by.Ticks;
        while (NextDue(end) is { } due)
        {
            due.Callback(due.State);
        }

        Interlocked.Exchange(ref _now, end);
    }

    private Task WaitForAsync(Func<bool> isReached)
    {
        lock (_lock)
        {
            if (isReached())
            {
                return Task.CompletedTask;
            }

            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((isReached, waiter));
            return waiter.Task;
        }
    }

    private ManualTimer? NextDue(long end)
    {
        lock (_lock)
        {
            ManualTimer? next = _timers.Where(timer => timer.DueAt <= end).MinBy(static timer => timer.DueAt);
            if (next is null)
            {
                return null;
            }

            Interlocked.Exchange(ref _now, Math.Max(_now, next.DueAt));
            if (next.Period > TimeSpan.Zero)
            {
                next.DueAt += next.Period.Ticks;
            }
            else
            {
                _timers.Remove(next);
            }

            return next;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state, TimeSpan period) : ITimer
    {
        public TimerCallback Callback => callback;

        public object? State => state;

        public TimeSpan Period { get; private set; } = period;

        public long DueAt { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
                Period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    DueAt = owner._now + dueTime.Ticks;
                    owner._timers.Add(this);
                    foreach ((_, TaskCompletionSource reached) in owner._waiters.Where(static waiter => waiter.IsReached()))
                    {
                        reached.TrySetResult();
                    }
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
