using Gateway.Requests;

namespace Gateway.Upstreams.Azure;

/// <summary>A caller's query on its way to Azure: what the configuration decides is taken out, all else stays byte for byte in its order.</summary>
internal static class AzureQuery
{
    /// <summary>Without every <c>api-version</c>, however written: the configured one is not the caller's to choose.</summary>
    public static string WithoutVersion(string query) => query is "?" ? "" : QueryParameters.Without(query, "api-version");

    /// <summary>Names the deployment where the caller named the model, or what it takes for one (realtime has no body that could).</summary>
    /// <param name="query">With its question mark, or empty.</param>
    /// <param name="parameter">How the parameter is called upstream.</param>
    /// <param name="deploymentOf">Model to deployment.</param>
    public static string WithDeployment(string query, string parameter, Func<string, string> deploymentOf) => query.Length == 0 ? "" : "?" + string.Join(
        '&', QueryParameters.Of(query).Select(one => NamesModel(one) ? $"{parameter}={Uri.EscapeDataString(deploymentOf(one.Value))}" : one.Sent));

    private static bool NamesModel(QueryParameter parameter) =>
        parameter.Name.Equals("model", StringComparison.OrdinalIgnoreCase) || parameter.Name.Equals("deployment", StringComparison.OrdinalIgnoreCase);
}
