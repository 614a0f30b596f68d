using System.Collections.Concurrent;

namespace Gateway.Recording.Logs;

/// <summary>
/// Lets so many entries of a kind pass each second, and tells once the second is over how many more there were: a storm of errors must not
/// become a storm of lines. Kinds come from closed sets. Nothing runs while nothing is held back.
/// </summary>
/// <typeparam name="TKind">What counts together.</typeparam>
internal sealed class StormGate<TKind> : IDisposable
    where TKind : notnull
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<TKind, Window> _windows = new();
    private readonly int _perSecond;
    private readonly TimeProvider _time;
    private readonly Action<TKind, long> _tell;

    /// <param name="perSecond">Entries of a kind that pass within a second.</param>
    /// <param name="time">The clock.</param>
    /// <param name="tell">Told of what was held back; runs on a timer's thread.</param>
    public StormGate(int perSecond, TimeProvider time, Action<TKind, long> tell) => (_perSecond, _time, _tell) = (perSecond, time, tell);

    public bool Admits(TKind kind)
    {
        Window window = _windows.GetOrAdd(kind, static _ => new Window());
        lock (window)
        {
            long now = _time.GetTimestamp();
            if (window.Passed == 0 || _time.GetElapsedTime(window.Since, now) >= Second)
            {
                (window.Since, window.Passed) = (now, 0);
            }

            if (window.Passed < _perSecond)
            {
                window.Passed++;
                return true;
            }

            if (window.Held++ == 0)
            {
                window.Timer = _time.CreateTimer(_ => Tell(kind, window), null, Second - _time.GetElapsedTime(window.Since, now), Timeout.InfiniteTimeSpan);
            }

            return false;
        }
    }

    /// <summary>Tells what has not been told yet.</summary>
    public void Dispose()
    {
        foreach ((TKind kind, Window window) in _windows)
        {
            Tell(kind, window);
        }
    }

    private void Tell(TKind kind, Window window)
    {
        long held;
        lock (window)
        {
            (held, window.Held) = (window.Held, 0);
            window.Timer?.Dispose();
            window.Timer = null;
        }

        if (held > 0)
        {
            _tell(kind, held);
        }
    }

    private sealed class Window
    {
        public long Since { get; set; }

        public int Passed { get; set; }

        public long Held { get; set; }

        public ITimer? Timer { get; set; }
    }
}
