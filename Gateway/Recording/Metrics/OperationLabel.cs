using System.Collections.Concurrent;
using Gateway.Requests;

namespace Gateway.Recording.Metrics;

/// <summary>What kind of operation a route of the API is, in the words of <c>gen_ai.operation.name</c> where there are such. Few: they multiply histograms.</summary>
internal static class OperationLabel
{
    private const string Api = "/v1/";

    /// <summary>The routes are a closed set.</summary>
    private static readonly ConcurrentDictionary<string, string> Known = new(StringComparer.Ordinal);

    public static string Of(string endpoint) => Known.TryGetValue(endpoint, out string? name) ? name : Known.GetOrAdd(endpoint, Find);

    private static string Find(string endpoint) => !endpoint.StartsWith(Api, StringComparison.Ordinal)
        ? EndpointTemplate.Other
        : endpoint[Api.Length..].Split('/') switch
        {
            ["chat", ..] => "chat",
            ["completions", ..] => "text_completion",
            ["embeddings"] => "embeddings",
            ["responses", ..] => "responses",
            ["audio", ..] => "audio",
            ["images" or "image", ..] => "images",
            ["realtime"] => "realtime",
            _ => EndpointTemplate.Other,
        };
}
