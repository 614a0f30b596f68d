namespace Chaos.Calling;

/// <summary>What a caller saw.</summary>
/// <param name="Id">Of the call.</param>
/// <param name="Status">0 when no answer came.</param>
/// <param name="Code">The error's code, or "".</param>
/// <param name="Took">From the call to the last byte.</param>
/// <param name="At">Timestamp of the end.</param>
/// <param name="QueueMs">What the gateway says it waited for a slot.</param>
/// <param name="IsWhole">A good answer that ended as it must, and is the caller's own.</param>
/// <param name="IsForeign">It belongs to somebody else.</param>
internal readonly record struct Reply(string Id, int Status, string Code, TimeSpan Took, long At, double QueueMs, bool IsWhole, bool IsForeign)
{
    /// <summary>Since the timestamp, negative before it.</summary>
    public TimeSpan BeganAfter(long timestamp) => TimeProvider.System.GetElapsedTime(timestamp, At) - Took;

    public bool IsRefused => Status is 429 or 503;
}
