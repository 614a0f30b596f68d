using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Scheduling;

namespace Gateway.Forwarding;

/// <summary>
/// The time limits of one attempt: from the last byte sent to the answer's head (first byte), between two reads (idle), and in all (total).
/// One timer; moving a limit is a store, and the timer looks again when it fires: before the nearest limit that there may be by then.
/// </summary>
internal sealed class AttemptClock : IDisposable
{
    /// <summary>What a timer adds, so that it never fires before its time.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>With an idle time below this it does not look in advance: that would be too often.</summary>
    private static readonly TimeSpan ShortestLook = TimeSpan.FromSeconds(1);

    private readonly Attempt _attempt;
    private readonly TimeProvider _time;
    private readonly TimeoutOptions _limits;
    private readonly TimeSpan _firstByte;
    private readonly long _arrived;
    private readonly long _started;
    private readonly ITimer _timer;
    private long _lastActivity;
    private volatile bool _headArrived;
    private volatile bool _isCallersTurn;

    public AttemptClock(Attempt attempt, TimeProvider time, TimeoutOptions limits, TimeSpan firstByte, long arrived)
    {
        _attempt = attempt;
        _time = time;
        _limits = limits;
        _firstByte = firstByte;
        _arrived = arrived;
        _started = _lastActivity = time.GetTimestamp();
        TimeSpan first = limits.Total is { } total && total < firstByte ? total : firstByte;
        _timer = time.CreateTimer(static state => ((AttemptClock)state!).Look(), this, Due(first + Tick), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Which limit passed; meaningful once the attempt was cancelled for <see cref="CancellationReason.TimedOut"/>.</summary>
    public Outcome Expired { get; private set; } = Outcome.UpstreamFirstByteTimeout;

    public void HeadArrived()
    {
        Active();
        TimeToHead = _time.GetElapsedTime(_started, _lastActivity);
        _headArrived = true;
        if (!LooksAhead)
        {
            _timer.Change(Next(out _), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>From the start of the attempt to the answer's head; zero before.</summary>
    public TimeSpan TimeToHead { get; private set; }

    /// <summary>Something came from the upstream, or was taken by it.</summary>
    public void Active()
    {
        Volatile.Write(ref _lastActivity, _time.GetTimestamp());
        _isCallersTurn = false;
    }

    /// <summary>Until the next activity it is the caller who keeps everybody waiting: the upstream's silence does not count.</summary>
    public void CallersTurn() => _isCallersTurn = true;

    /// <summary>From the request's arrival to the last activity, for the record.</summary>
    public TimeSpan SinceArrival => _time.GetElapsedTime(_arrived, Volatile.Read(ref _lastActivity));

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        TimeSpan next = Next(out Outcome limit);
        if (next > TimeSpan.Zero)
        {
            _timer.Change(Due(next), Timeout.InfiniteTimeSpan);
            return;
        }

        Expired = limit;
        _attempt.Cancel(CancellationReason.TimedOut);
    }

    /// <summary>It fires before the idle time could be over, whenever the head arrives: to move the timer then would cost every request more.</summary>
    private bool LooksAhead => _limits.Idle >= ShortestLook;

    private TimeSpan Due(TimeSpan next) => LooksAhead && _limits.Idle + Tick < next ? _limits.Idle + Tick : next;

    /// <summary>Time until the nearest limit, rounded up to the timer's millisecond; zero or less when it has passed.</summary>
    private TimeSpan Next(out Outcome limit)
    {
        limit = _headArrived ? Outcome.UpstreamIdleTimeout : Outcome.UpstreamFirstByteTimeout;
        TimeSpan silence = _isCallersTurn ? TimeSpan.Zero : _time.GetElapsedTime(Volatile.Read(ref _lastActivity));
        TimeSpan next = (_headArrived ? _limits.Idle : _firstByte) - silence;
        if (_limits.Total is { } total && total - _time.GetElapsedTime(_started) is var left && left < next)
        {
            limit = Outcome.UpstreamTotalTimeout;
            next = left;
        }

        return next <= TimeSpan.Zero ? TimeSpan.Zero : next + Tick;
    }
}
