namespace Gateway.Management.Dashboard.Feed;

/// <summary>The cache of answers.</summary>
/// <param name="Enabled">It is in use.</param>
/// <param name="Items">Answers kept.</param>
/// <param name="Bytes">Memory they take in this process.</param>
/// <param name="MaxBytes">The most they may.</param>
/// <param name="Shared">They are kept in Redis.</param>
internal sealed record FrameCache(bool Enabled, long Items, long Bytes, long MaxBytes, bool Shared);
