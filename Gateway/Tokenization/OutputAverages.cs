using System.Collections.Concurrent;

namespace Gateway.Tokenization;

/// <summary>How many tokens each model's answers had lately. Bounded: model names come from callers.</summary>
internal sealed class OutputAverages
{
    public const int MaxModels = 1000;

    /// <summary>Of a new answer in the average.</summary>
    private const double Weight = 0.1;

    private readonly ConcurrentDictionary<string, double> _averages = new(StringComparer.Ordinal);
    private int _models;

    /// <summary>Tokens; 0 for a model that nobody asked yet.</summary>
    public long Of(string? model) => model is not null && _averages.TryGetValue(model, out double average) ? (long)Math.Ceiling(average) : 0;

    public void Learn(string? model, long tokens)
    {
        if (model is null || tokens < 0)
        {
            return;
        }

        while (true)
        {
            if (_averages.TryGetValue(model, out double average))
            {
                if (_averages.TryUpdate(model, average + (Weight * (tokens - average)), average))
                {
                    return;
                }
            }
            else if (Interlocked.Increment(ref _models) > MaxModels)
            {
                // Full of names: what is known stays, a new one has no average. Names that upstreams served are few.
                Interlocked.Decrement(ref _models);
                return;
            }
            else if (_averages.TryAdd(model, tokens))
            {
                return;
            }
            else
            {
                Interlocked.Decrement(ref _models);
            }
        }
    }
}
