using Microsoft.Extensions.Primitives;

namespace Gateway.Caching;

/// <summary>Status and headers of an answer, as the leader's own response would have had them.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Headers">All of them, for the leader.</param>
internal sealed record FlightHead(int Status, IReadOnlyList<KeyValuePair<string, StringValues>> Headers)
{
    /// <summary>For everybody else.</summary>
    public IReadOnlyList<KeyValuePair<string, StringValues>> Shared { get; } = AnswerHeaderRules.SharedOf(Headers);

    public string? Header(string name)
    {
        foreach ((string key, StringValues values) in Headers)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return values.ToString();
            }
        }

        return null;
    }
}
