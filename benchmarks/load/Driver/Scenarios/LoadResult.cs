namespace Load.Driver.Scenarios;

/// <summary>Sums over one round. <c>Latencies</c> are those of the complete answers, sorted.</summary>
internal sealed record LoadResult(
    int Completed,
    int Errors,
    string? FirstError,
    long Events,
    long Reads,
    TimeSpan Elapsed,
    IReadOnlyList<TimeSpan> Latencies)
{
    public double LatencyMilliseconds(double quantile) =>
        Latencies.Count == 0 ? 0 : Latencies[(int)Math.Min(Latencies.Count - 1, quantile * Latencies.Count)].TotalMilliseconds;
}
