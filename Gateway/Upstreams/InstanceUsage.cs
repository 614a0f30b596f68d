using Gateway.Requests;

namespace Gateway.Upstreams;

/// <summary>What an instance has done. Every attempt counts as a request; one that was interrupted is neither a success nor an error.</summary>
internal sealed class InstanceUsage(TimeProvider time)
{
    private const int MaxErrors = 16;

    /// <summary>One more than its name says: the oldest second may lie half outside.</summary>
    private const int BudgetSeconds = 31;

    /// <summary>Weight of the newest latency: about the last 20 attempts count.</summary>
    private const double Weight = 0.1;

    private readonly Lock _lock = new();
    private readonly MinuteWindow _window = new();
    private readonly Queue<UsageError> _recentErrors = new(MaxErrors);
    private readonly long _origin = time.GetTimestamp();
    private long _requests;
    private long _successes;
    private long _errors;
    private long _tokens;
    private double _latency;
    private long? _lastUsed;
    private long? _lastSuccess;

    public long Requests => Read(static usage => usage._requests);

    public long Successes => Read(static usage => usage._successes);

    public long Errors => Read(static usage => usage._errors);

    /// <summary>Tokens in and out, from the answers' <c>usage</c>.</summary>
    public long Tokens => Read(static usage => usage._tokens);

    /// <summary>Start of the last attempt; null before the first.</summary>
    public DateTimeOffset? LastUsed => Read(static usage => usage._lastUsed is { } at ? usage.UtcNow - usage.Elapsed(at) : (DateTimeOffset?)null);

    /// <summary>Requests in the last 60 s.</summary>
    public long CurrentRpm => Read(static usage => usage._window.Total(usage.Second()).Requests);

    /// <summary>Tokens in the last 60 s.</summary>
    public long CurrentTpm => Read(static usage => usage._window.Total(usage.Second()).Tokens);

    /// <summary>Errors per request in the last 60 s, 0 to 1.</summary>
    public double ErrorRate => Read(static usage => usage._window.Total(usage.Second()) is { Requests: > 0 } sums
        ? Math.Min(1, (double)sums.Errors / sums.Requests)
        : 0);

    /// <summary>Errors in the last 30 s.</summary>
    public long ErrorsPer30s => Read(static usage => usage._window.Total(usage.Second(), BudgetSeconds).Errors);

    /// <summary>Moving average of the time to the answer's head; zero before the first.</summary>
    public TimeSpan Latency => Read(static usage => TimeSpan.FromMilliseconds(usage._latency));

    /// <summary>The last few failed attempts, oldest first.</summary>
    public IReadOnlyList<UsageError> RecentErrors => Read(static usage => (IReadOnlyList<UsageError>)[.. usage._recentErrors]);

    /// <summary>Time since the last success; null before the first.</summary>
    public TimeSpan? SinceSuccess => Read(static usage => usage._lastSuccess is { } at ? usage.Elapsed(at) : (TimeSpan?)null);

    public void Began()
    {
        lock (_lock)
        {
            _requests++;
            long now = time.GetTimestamp();
            _window.Add(SecondOf(now), requests: 1);
            _lastUsed = now;
        }
    }

    public void Succeeded(TimeSpan latency, long tokens)
    {
        lock (_lock)
        {
            _successes++;
            _tokens += tokens;
            long now = time.GetTimestamp();
            _window.Add(SecondOf(now), tokens: tokens);
            _lastSuccess = now;
            AddLatency(latency);
        }
    }

    /// <param name="outcome">What the attempt came to.</param>
    /// <param name="status">The upstream's status, if it answered.</param>
    /// <param name="isCallersOwn">It concerns a key of one caller's: not a part of the rate and the budget that all share.</param>
    public void Failed(Outcome outcome, int? status, bool isCallersOwn = false)
    {
        lock (_lock)
        {
            _errors++;
            _window.Add(Second(), errors: isCallersOwn ? 0 : 1);
            if (_recentErrors.Count == MaxErrors)
            {
                _recentErrors.Dequeue();
            }

            _recentErrors.Enqueue(new UsageError(time.GetUtcNow(), outcome, status));
        }
    }

    /// <summary>Starts counting anew.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _requests = _successes = _errors = _tokens = 0;
            _latency = 0;
            _lastUsed = null;
            _lastSuccess = null;
            _window.Clear();
            _recentErrors.Clear();
        }
    }

    private void AddLatency(TimeSpan latency) =>
        _latency = _latency == 0 ? latency.TotalMilliseconds : _latency + (Weight * (latency.TotalMilliseconds - _latency));

    private T Read<T>(Func<InstanceUsage, T> value)
    {
        lock (_lock)
        {
            return value(this);
        }
    }

    private TimeSpan Elapsed(long since) => time.GetElapsedTime(since);

    private DateTimeOffset UtcNow => time.GetUtcNow();

    private long Second() => SecondOf(time.GetTimestamp());

    private long SecondOf(long now) => (long)time.GetElapsedTime(_origin, now).TotalSeconds;
}
