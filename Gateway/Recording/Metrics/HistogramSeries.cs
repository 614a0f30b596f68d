using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gateway.Recording.Metrics;

/// <summary>All series of a histogram, each with its labels made once.</summary>
/// <typeparam name="TKey">What tells the series apart; must be from a closed set.</typeparam>
/// <param name="histogram">Takes the values.</param>
/// <param name="labels">The labels of a series.</param>
internal sealed class HistogramSeries<TKey>(Histogram<double> histogram, Func<TKey, KeyValuePair<string, object?>[]> labels)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, KeyValuePair<string, object?>[]> _labels = new();

    public void Record(TKey key, TimeSpan time) => Record(key, time.TotalSeconds);

    public void Record(TKey key, double value)
    {
        if (!_labels.TryGetValue(key, out KeyValuePair<string, object?>[]? known))
        {
            known = _labels.GetOrAdd(key, labels);
        }

        histogram.Record(value, known);
    }
}
