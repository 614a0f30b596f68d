using System.Text.Json.Nodes;

namespace Gateway.Management.OpenApi;

/// <summary>The parameters that management routes take in their path or query. A name means the same in every route.</summary>
internal static class OpenApiParameters
{
    private static readonly Dictionary<string, (string Type, string Description)> Known = new()
    {
        ["name"] = ("string", "Name of an instance, as configured."),
        ["id"] = ("integer", "Number of a request by arrival, as /admin/queue shows it."),
        ["priority"] = ("integer", "Priority of a tier, as configured."),
        ["file"] = ("string", "Name of a file, as the dashboard's page names it."),
        ["key"] = ("string", "Key of a cached answer, as X-Cache-Key tells it: 64 hexadecimal digits."),
        ["model"] = ("string", "Only the answers of this model, as the requests name it."),
        ["metric"] = ("string", "What to tell, default requests: requests, errors, tokens, input_tokens, output_tokens, latency, queue_time, preemptions, retries, wasted_seconds, wasted_tokens or cache_hits."),
        ["window"] = ("integer", "How far to look back, in minutes: 1 to 43200, default 60. Beyond 1440, whole hours."),
        ["granularity"] = ("integer", "Minutes that one point sums up, default 5; not more than the window. With a window beyond 1440, whole hours, default 60."),
        ["instance"] = ("string", "Only this instance, by its name."),
        ["tier"] = ("integer", "Only this tier, by its priority."),
        ["limit"] = ("integer", "The most waiting, and the most running, requests to list of each tier. 1 to 10000, default 100."),
    };

    public static JsonNode Of(string name, string place)
    {
        (string type, string description) = Known[name];
        return new JsonObject
        {
            ["name"] = name,
            ["in"] = place,
            ["required"] = place == "path",
            ["description"] = description,
            ["schema"] = new JsonObject { ["type"] = type },
        };
    }
}
