namespace Gateway.Authentication;

/// <summary>A caller's own limits, in the place of those of <c>rate_limit</c>.</summary>
/// <param name="RequestsPerMinute">Null = the default.</param>
/// <param name="TokensPerMinute">Null = the default.</param>
internal sealed record CallerLimits(int? RequestsPerMinute, int? TokensPerMinute)
{
    /// <summary>The defaults for everything.</summary>
    public static CallerLimits None { get; } = new(null, null);
}
