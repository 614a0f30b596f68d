namespace Gateway.Management.Dashboard.Feed;

/// <summary>What callers may do in a minute; null where there is no limit.</summary>
internal sealed record FrameLimits(int? Requests, int? Tokens, int? RequestsPerIp);
