using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gateway.Recording.Metrics;

/// <summary>
/// All series of a counter. Counted here and observed by whoever exports: that is a look-up and an addition per event, however many exporters
/// there are, a quarter of what the instrument itself costs with one.
/// </summary>
/// <typeparam name="TKey">What tells the series apart; must be from a closed set.</typeparam>
/// <param name="labels">The labels of a series.</param>
internal sealed class CounterSeries<TKey>(Func<TKey, KeyValuePair<string, object?>[]> labels)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Counted> _series = new();
    private readonly Func<TKey, Counted> _begin = key => new Counted(labels(key));
    private int _count;

    /// <summary>How many there are; those that several threads begin at once may count twice.</summary>
    public int Count => Volatile.Read(ref _count);

    public void Add(TKey key, long amount = 1)
    {
        if (!TryAdd(key, amount))
        {
            Begin(key, amount);
        }
    }

    /// <summary>False when there is no such series yet.</summary>
    public bool TryAdd(TKey key, long amount = 1)
    {
        if (!_series.TryGetValue(key, out Counted? series))
        {
            return false;
        }

        series.Add(amount);
        return true;
    }

    public IEnumerable<Measurement<long>> Read() => _series.Values.Select(static series => series.Read());

    /// <summary>Of a counter of ticks.</summary>
    public IEnumerable<Measurement<double>> ReadSeconds() => _series.Values.Select(static series => series.ReadSeconds());

    private void Begin(TKey key, long amount)
    {
        Interlocked.Increment(ref _count);
        _series.GetOrAdd(key, _begin).Add(amount);
    }
}
