using System.Diagnostics.Metrics;

namespace Gateway.Recording.Metrics;

/// <summary>Upper bounds of the histograms: eleven each, because every one of them is a series more for every label.</summary>
internal static class Buckets
{
    /// <summary>From an answer of the cache's to a long stream.</summary>
    public static readonly InstrumentAdvice<double> Duration = Of(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120);

    public static readonly InstrumentAdvice<double> FirstToken = Of(0.01, 0.05, 0.1, 0.2, 0.4, 0.75, 1.5, 3, 6, 15, 60);

    /// <summary>From 200 tokens a second to one in two seconds.</summary>
    public static readonly InstrumentAdvice<double> PerToken = Of(0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.4, 0.75, 2);

    public static readonly InstrumentAdvice<double> Wait = Of(0.001, 0.01, 0.05, 0.25, 1, 2.5, 5, 15, 60, 180, 600);

    /// <summary>Those of the conventions for generative AI, up to a million.</summary>
    public static readonly InstrumentAdvice<double> Tokens = Of(1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576);

    private static InstrumentAdvice<double> Of(params double[] bounds) => new() { HistogramBucketBoundaries = bounds };
}
