using System.IO.Pipelines;

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

    private readonly Lock _lock = new();
    private readonly PipeReader _body;
    private readonly ITimer _timer;
    private long _bytes;
    private long _seen;
    private bool _isOver;

    private BodyPace(PipeReader body, TimeProvider time)
    {
        _body = body;
        _timer = time.CreateTimer(static state => ((BodyPace)state!).LookAgain(), this, Look, Look);
    }

    /// <summary>Cancels a read of the body when it is too slow. Null for a body that is not worth it.</summary>
    /// <param name="request">Whose body.</param>
    /// <param name="time">Measures it.</param>
    public static BodyPace? Of(HttpRequest request, TimeProvider time) =>
        request.ContentLength <= WatchAbove ? null : new BodyPace(request.BodyReader, time);

    public void Advance(long bytes) => Interlocked.Add(ref _bytes, bytes);

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            _isOver = true;
        }
    }

    private void LookAgain()
    {
        long bytes = Interlocked.Read(ref _bytes);
        lock (_lock)
        {
            // Not when the body is over: what reads next on its connection is the head of the next request.
            if (!_isOver && bytes - _seen < BytesPerSecond * (long)Look.TotalSeconds)
            {
                _body.CancelPendingRead();
            }
        }

        _seen = bytes;
    }
}
