namespace Gateway.Upstreams;

/// <summary>Sums over the last 60 s, kept per second. Not thread-safe.</summary>
internal sealed class MinuteWindow
{
    public const int Seconds = 60;

    private readonly Sums[] _buckets = new Sums[Seconds];
    private long _newest;

    public void Add(long second, int requests = 0, int errors = 0, long tokens = 0)
    {
        Forget(second);
        ref Sums bucket = ref _buckets[second % Seconds];
        bucket = new Sums(bucket.Requests + requests, bucket.Errors + errors, bucket.Tokens + tokens);
    }

    /// <summary>Sums of the last so many seconds, the present one included.</summary>
    public Sums Total(long second, int seconds = Seconds)
    {
        Forget(second);
        var total = default(Sums);
        for (long at = Math.Max(0, second - seconds + 1); at <= second; at++)
        {
            Sums bucket = _buckets[at % Seconds];
            total = new Sums(total.Requests + bucket.Requests, total.Errors + bucket.Errors, total.Tokens + bucket.Tokens);
        }

        return total;
    }

    public void Clear() => Array.Clear(_buckets);

    private void Forget(long second)
    {
        for (long passed = Math.Max(_newest, second - Seconds) + 1; passed <= second; passed++)
        {
            _buckets[passed % Seconds] = default;
        }

        _newest = Math.Max(_newest, second);
    }

    public readonly record struct Sums(long Requests, long Errors, long Tokens);
}
