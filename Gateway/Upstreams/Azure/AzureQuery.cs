namespace Gateway.Upstreams.Azure;

/// <summary>A caller's query on its way to Azure: what the configuration decides is taken out, all else stays byte for byte in its order.</summary>
internal static class AzureQuery
{
    /// <summary>Without every <c>api-version</c>, however written: the configured one is not the caller's to choose.</summary>
    public static string WithoutVersion(string query) =>
        query.Length <= 1 ? "" : Rewrite(query, static (name, parameter) => name.Equals("api-version", StringComparison.OrdinalIgnoreCase) ? null : parameter);

    /// <summary>Names the deployment where the caller named the model (realtime has no body that could).</summary>
    /// <param name="query">With its question mark, or empty.</param>
    /// <param name="parameter">How the parameter is called upstream.</param>
    /// <param name="deploymentOf">Model to deployment.</param>
    public static string WithDeployment(string query, string parameter, Func<string, string> deploymentOf) => query.Length == 0 ? "" : Rewrite(
        query,
        (name, written) => name != "model"
            ? written
            : $"{parameter}={Uri.EscapeDataString(deploymentOf(Decode(written[(written.IndexOf('=', StringComparison.Ordinal) + 1)..])))}");

    /// <summary>What <paramref name="edit"/> makes of each parameter, by its decoded name; null takes it out.</summary>
    private static string Rewrite(string query, Func<string, string, string?> edit)
    {
        var kept = new List<string>();
        foreach (string parameter in query[1..].Split('&'))
        {
            int equals = parameter.IndexOf('=', StringComparison.Ordinal);
            if (edit(Decode(equals < 0 ? parameter : parameter[..equals]), parameter) is { } written)
            {
                kept.Add(written);
            }
        }

        return kept.Count == 0 ? "" : "?" + string.Join('&', kept);
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
