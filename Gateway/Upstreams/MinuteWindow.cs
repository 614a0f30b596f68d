namespace Gateway.Upstreams;

/// <summary>Sums over the last 60 s, kept per second. Not thread-safe.</summary>
internal sealed class MinuteWindow
{
    private const int Seconds = 60;

    private readonly Sums[] _buckets = new Sums[Seconds];
    private long _newest;

    public void Add(long second, int requests = 0, int errors = 0, long tokens = 0)
    {
        Forget(second);
        ref Sums bucket = ref _buckets[second % Seconds];
        bucket = new Sums(bucket.Requests + requests, bucket.Errors + errors, bucket.Tokens + tokens);
    }

    public Sums Total(long second)
    {
        Forget(second);
        var total = default(Sums);
        foreach (Sums bucket in _buckets)
        {
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
