namespace Gateway.Management.Dashboard.Feed;

/// <summary>How long requests waited, in milliseconds: half of them at most the first, 19 of 20 at most the second.</summary>
internal sealed record WaitShares(long Median, long P95);
