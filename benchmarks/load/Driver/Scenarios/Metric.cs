using System.Globalization;

namespace Load.Driver.Scenarios;

/// <summary>One measured quantity: a column of the report. Smaller is better only where a <see cref="Limit"/> says so.</summary>
internal sealed record Metric(string Title, int Decimals)
{
    public static readonly Metric CpuPerRequest = new("CPU us/request", 1);
    public static readonly Metric CpuPerChunk = new("CPU us/chunk", 1);
    public static readonly Metric ChunksPerRead = new("chunks/read", 2);
    public static readonly Metric RequestsPerSecond = new("requests/s", 0);
    public static readonly Metric PointsPerRequest = new("points/request", 2);
    public static readonly Metric SpansPerRequest = new("spans/request", 2);
    public static readonly Metric P50 = new("p50 ms", 2);
    public static readonly Metric P99 = new("p99 ms", 2);
    public static readonly Metric Resident = new("RSS MiB", 1);
    public static readonly Metric KibPerStream = new("RSS KiB/stream", 1);
    public static readonly Metric Streams = new("streams at once", 0);
    public static readonly Metric Before = new("RSS before MiB", 1);
    public static readonly Metric Peak = new("RSS peak MiB", 1);
    public static readonly Metric Kept = new("RSS kept MiB", 1);
    public static readonly Metric ReturnSeconds = new("waited s", 0);

    public string Format(double value) => value.ToString($"F{Decimals}", CultureInfo.InvariantCulture);
}
