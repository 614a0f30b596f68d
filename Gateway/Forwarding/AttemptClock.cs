using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Scheduling;

namespace Gateway.Forwarding;

/// <summary>
/// The time limits of one attempt: until the answer's head (first byte), between two reads (idle), and in all (total). One timer; moving
/// a limit is a store, and the timer looks again when it fires.
/// </summary>
internal sealed class AttemptClock : IDisposable
{
    private readonly Attempt _attempt;
    private readonly TimeProvider _time;
    private readonly TimeoutOptions _limits;
    private readonly TimeSpan _firstByte;
    private readonly long _started;
    private readonly ITimer _timer;
    private long _lastActivity;
    private volatile bool _headArrived;

    public AttemptClock(Attempt attempt, TimeProvider time, TimeoutOptions limits, TimeSpan firstByte)
    {
        _attempt = attempt;
        _time = time;
        _limits = limits;
        _firstByte = firstByte;
        _started = _lastActivity = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((AttemptClock)state!).Look(), this, Next(out _), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Which limit passed; meaningful once the attempt was cancelled for <see cref="CancellationReason.TimedOut"/>.</summary>
    public Outcome Expired { get; private set; } = Outcome.UpstreamFirstByteTimeout;

    public void HeadArrived()
    {
        Active();
        _headArrived = true;
        _timer.Change(Next(out _), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Something came from the upstream.</summary>
    public void Active() => Volatile.Write(ref _lastActivity, _time.GetTimestamp());

    /// <summary>A timestamp of the clock's provider.</summary>
    public long Now => _time.GetTimestamp();

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        TimeSpan next = Next(out Outcome limit);
        if (next > TimeSpan.Zero)
        {
            _timer.Change(next, Timeout.InfiniteTimeSpan);
            return;
        }

        Expired = limit;
        _attempt.Cancel(CancellationReason.TimedOut);
    }

    /// <summary>Time until the nearest limit, rounded up to the timer's millisecond; zero or less when it has passed.</summary>
    private TimeSpan Next(out Outcome limit)
    {
        limit = _headArrived ? Outcome.UpstreamIdleTimeout : Outcome.UpstreamFirstByteTimeout;
        TimeSpan next = _headArrived
            ? _limits.Idle - _time.GetElapsedTime(Volatile.Read(ref _lastActivity))
            : _firstByte - _time.GetElapsedTime(_started);
        if (_limits.Total is { } total && total - _time.GetElapsedTime(_started) is var left && left < next)
        {
            limit = Outcome.UpstreamTotalTimeout;
            next = left;
        }

        return next <= TimeSpan.Zero ? TimeSpan.Zero : next + TimeSpan.FromMilliseconds(1);
    }
}
