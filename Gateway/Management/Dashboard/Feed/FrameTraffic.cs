namespace Gateway.Management.Dashboard.Feed;

/// <summary>Requests of the API that are over, since the start.</summary>
/// <param name="Requests">All of them.</param>
/// <param name="Errors">Those that ended with an error, whoever's.</param>
/// <param name="Limited">Those refused by a limit of their caller.</param>
/// <param name="Hits">Those answered from the cache.</param>
/// <param name="Joined">Those answered by the call of another.</param>
/// <param name="Misses">Those that the cache could have had, and had not.</param>
/// <param name="InputTokens">Tokens of their prompts.</param>
/// <param name="OutputTokens">Tokens of their answers.</param>
internal sealed record FrameTraffic(
    long Requests, long Errors, long Limited, long Hits, long Joined, long Misses, long InputTokens, long OutputTokens);
