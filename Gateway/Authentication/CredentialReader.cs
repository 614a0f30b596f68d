using Microsoft.Extensions.Primitives;

namespace Gateway.Authentication;

/// <summary>
/// The one parser of a caller's key, for every stage that asks who calls: <c>Authorization: Bearer</c> or Azure's <c>api-key</c>.
/// Anything ambiguous is no key at all.
/// </summary>
internal static class CredentialReader
{
    private const string Scheme = "Bearer ";

    /// <summary>The key, or null when there is none or more than one answer to what it is.</summary>
    public static string? Read(IHeaderDictionary headers)
    {
        StringValues authorization = headers.Authorization;
        StringValues apiKey = headers["api-key"];
        if (authorization.Count > 1 || apiKey.Count > 1)
        {
            return null;
        }

        string? bearer = authorization.Count == 1 ? ParseBearer(authorization[0]) : null;
        if (authorization.Count == 1 && bearer is null)
        {
            return null;
        }

        string? other = apiKey.Count == 1 && !string.IsNullOrEmpty(apiKey[0]) ? apiKey[0] : null;
        return bearer is null ? other : other is null || other == bearer ? bearer : null;
    }

    /// <summary>The one <c>Authorization: Bearer</c> key, for routes whose callers are not the API's.</summary>
    public static string? ReadBearer(IHeaderDictionary headers) => headers.Authorization is [{ } value] ? ParseBearer(value) : null;

    /// <summary>The header that alone says who calls, as it came; null when there is none, or more to be read than one <c>Authorization</c>.</summary>
    public static string? OnlyHeader(IHeaderDictionary headers) => headers.Authorization is [{ } value] && !headers.ContainsKey("api-key") ? value : null;

    private static string? ParseBearer(string? value)
    {
        if (value is null || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        string key = value[Scheme.Length..];
        return key.Length == 0 || key.AsSpan().ContainsAny(' ', '\t', ',') ? null : key;
    }
}
