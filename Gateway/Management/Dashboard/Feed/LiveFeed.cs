using System.Diagnostics.CodeAnalysis;

namespace Gateway.Management.Dashboard.Feed;

/// <summary>Makes frames while somebody watches, each once for all watchers that have had the same events. Nothing runs while nobody does.</summary>
internal sealed partial class LiveFeed(FrameSource source, EventLog events, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<LiveFeed> logger)
{
    public const int MaxWatchers = 32;

    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    /// <summary>An unchanged frame is sent again after so long: proxies cut silent connections, and a browser must notice a dead one.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly List<Watcher> _watchers = [];
    private bool _isRunning;
    private Frame? _last;
    private byte[] _lastBody = [];
    private long _lastEvent;
    private long _lastSent;

    /// <summary>Frames are being made.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_lock)
            {
                return _isRunning;
            }
        }
    }

    /// <summary>Null when as many watch as may, or the gateway stops. Whoever joins must leave.</summary>
    public Watcher? Join()
    {
        lock (_lock)
        {
            if (_watchers.Count == MaxWatchers || lifetime.ApplicationStopping.IsCancellationRequested)
            {
                return null;
            }

            var watcher = new Watcher();
            _watchers.Add(watcher);
            if (!_isRunning)
            {
                _isRunning = true;
                _ = Task.Run(RunAsync);
            }

            return watcher;
        }
    }

    public void Leave(Watcher watcher)
    {
        lock (_lock)
        {
            _watchers.Remove(watcher);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Nobody awaits it: a bug becomes a log entry, and the watchers join again.")]
    private async Task RunAsync()
    {
        try
        {
            // What happened while nobody watched was in no frame: there is nothing to compare with.
            _last = null;
            using var timer = new PeriodicTimer(Pace, time);
            do
            {
                Send(await source.LookAsync());
            }
            while (IsWatched() && await timer.WaitForNextTickAsync(lifetime.ApplicationStopping));
        }
        catch (Exception) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            EndAll();
        }
        catch (Exception e)
        {
            Log.Failed(logger, e);
            EndAll();
        }
    }

    private void Send(Frame now)
    {
        if (_last is { } before)
        {
            foreach (LiveEvent happened in FrameEvents.Between(before, now))
            {
                events.Add(happened);
            }
        }

        _last = now;
        IReadOnlyList<LiveEvent> kept = events.Kept();
        long lastEvent = kept.Count > 0 ? kept[^1].Id : 0;
        DateTimeOffset at = time.GetUtcNow();
        byte[] body = FeedJson.Body(now);
        bool isNews = lastEvent > _lastEvent || !body.AsSpan().SequenceEqual(_lastBody) || time.GetElapsedTime(_lastSent) >= Silence;
        (_lastBody, _lastSent, _lastEvent) = isNews ? (body, time.GetTimestamp(), lastEvent) : (_lastBody, _lastSent, _lastEvent);
        foreach (IGrouping<long, Watcher> alike in Watchers().Where(watcher => isNews || watcher.IsBehind).GroupBy(static watcher => watcher.LastEvent))
        {
            byte[] frame = FeedJson.Event(now with { Events = [.. kept.Where(happened => happened.Id > alike.Key)] }, at);
            foreach (Watcher watcher in alike)
            {
                watcher.Send(frame, lastEvent);
            }
        }
    }

    private Watcher[] Watchers()
    {
        lock (_lock)
        {
            return [.. _watchers];
        }
    }

    /// <summary>False ends the run: whoever joins afterwards begins another.</summary>
    private bool IsWatched()
    {
        lock (_lock)
        {
            return _isRunning = _watchers.Count > 0;
        }
    }

    private void EndAll()
    {
        lock (_lock)
        {
            _isRunning = false;
            _watchers.ForEach(static watcher => watcher.End());
            _watchers.Clear();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3210, LogLevel.Error, "The dashboard's feed met a bug")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
