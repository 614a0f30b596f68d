using System.Diagnostics.CodeAnalysis;
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

    /// <summary>Seconds between two looks, and before the first.</summary>
    public const int LookSeconds = 30;

    /// <summary>The same as a time.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(LookSeconds);

    /// <summary>A disk that takes longer for a piece excuses a body until after the next look.</summary>
    private static readonly TimeSpan SlowStorage = TimeSpan.FromSeconds(1);

    /// <summary>Shorter bodies hold too little for anybody to mind.</summary>
    private const int WatchAbove = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly PipeReader _body;
    private readonly ITimer _timer;
    private readonly TimeProvider _time;
    private long _bytes;
    private long _seen;
    private long _storingSince;
    private bool _isStoring;
    private bool _isExcused;
    private bool _isOver;

    private BodyPace(PipeReader body, TimeProvider time)
    {
        (_body, _time) = (body, time);
        _timer = time.CreateTimer(static state => ((BodyPace)state!).LookAgain(), this, Look, Look);
    }

    /// <summary>Cancels a read of the body when it is too slow. Null for a body that is not worth it.</summary>
    /// <param name="length">As declared; null when it is not.</param>
    /// <param name="body">What reads it.</param>
    /// <param name="time">Measures it.</param>
    public static BodyPace? Of(long? length, PipeReader body, TimeProvider time) => length <= WatchAbove ? null : new BodyPace(body, time);

    public void Advance(long bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>Nothing is read meanwhile. A slow disk is not the caller's fault.</summary>
    public void BeginStoring()
    {
        lock (_lock)
        {
            (_isStoring, _storingSince) = (true, _time.GetTimestamp());
        }
    }

    public void EndStoring()
    {
        lock (_lock)
        {
            _isStoring = false;
            _isExcused |= _time.GetElapsedTime(_storingSince) > SlowStorage;
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            _isOver = true;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A timer's failure would end the process; a request that is aborted meanwhile needs no cancel, and says so in several ways.")]
    private void LookAgain()
    {
        long bytes = Interlocked.Read(ref _bytes);
        lock (_lock)
        {
            bool isSlow = bytes - _seen < BytesPerSecond * LookSeconds && !_isStoring && !_isExcused;
            (_seen, _isExcused) = (bytes, _isStoring);
            if (!isSlow || _isOver)
            {
                // When the body is over, what reads next on its connection is the head of the next request.
                return;
            }

            try
            {
                _body.CancelPendingRead();
            }
            catch (Exception)
            {
            }
        }
    }
}
