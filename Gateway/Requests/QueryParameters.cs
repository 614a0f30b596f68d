namespace Gateway.Requests;

/// <summary>The parameters of a query, each with its bytes as sent.</summary>
internal static class QueryParameters
{
    /// <param name="query">With its question mark, or empty.</param>
    public static IEnumerable<QueryParameter> Of(string query) =>
        query.Length <= 1 ? [] : query[1..].Split('&').Select(static sent =>
        {
            int equals = sent.IndexOf('=', StringComparison.Ordinal);
            return equals < 0
                ? new QueryParameter(sent, Decode(sent), "")
                : new QueryParameter(sent, Decode(sent[..equals]), Decode(sent[(equals + 1)..]));
        });

    /// <summary>The query without the parameters of a name, however it is written; all others keep their bytes and order.</summary>
    public static string Without(string query, string name)
    {
        QueryParameter[] all = [.. Of(query)];
        string[] kept = [.. all
            .Where(parameter => !parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            .Select(static parameter => parameter.Sent)];
        return kept.Length == all.Length ? query : kept.Length == 0 ? "" : "?" + string.Join('&', kept);
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
