namespace Gateway.Requests;

/// <summary>
/// Watches how fast a large body comes, now and not on average: one that came quickly and then stalls would hold its share of the memory for
/// hours before its average says so.
/// </summary>
internal sealed class BodyPace : IDisposable
{
    /// <summary>The least that a body must bring.</summary>
    public const int BytesPerSecond = 240;

    /// <summary>Between two looks, and before the first.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(30);

    /// <summary>Shorter bodies hold too little for anybody to mind.</summary>
    private const int WatchAbove = 64 * 1024;

    private readonly CancellationTokenSource _stop;
    private readonly ITimer _timer;
    private long _bytes;
    private long _seen;
    private volatile bool _isTooSlow;

    private BodyPace(TimeProvider time, CancellationToken callerGone)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(callerGone);
        _timer = time.CreateTimer(static state => ((BodyPace)state!).LookAgain(), this, Look, Look);
    }

    /// <summary>Fires when the body is too slow, or its caller gone.</summary>
    public CancellationToken Stop => _stop.Token;

    public bool IsTooSlow => _isTooSlow;

    /// <summary>Null for a body that is not worth it.</summary>
    /// <param name="length">As declared; null when it is not.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="callerGone">Fires when the caller goes away.</param>
    public static BodyPace? Of(long? length, TimeProvider time, CancellationToken callerGone) =>
        length <= WatchAbove ? null : new BodyPace(time, callerGone);

    public void Advance(int bytes) => Interlocked.Add(ref _bytes, bytes);

    public void Dispose()
    {
        _timer.Dispose();
        _stop.Dispose();
    }

    private void LookAgain()
    {
        long bytes = Interlocked.Read(ref _bytes);
        if (bytes - _seen < BytesPerSecond * (long)Look.TotalSeconds)
        {
            _isTooSlow = true;
            _ = _stop.CancelAsync();
        }

        _seen = bytes;
    }
}
