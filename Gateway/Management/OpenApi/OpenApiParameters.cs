using System.Text.Json.Nodes;
using Gateway.Management.Queue;
using Gateway.Management.Statistics;
using static System.FormattableString;

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
        ["metric"] = ("string", $"What to tell, default requests: {UsageQuery.Metrics}."),
        ["window"] = ("integer", Invariant($"How far to look back, in minutes: 1 to {UsageSpan.MaxMinutes}, default {UsageQuery.DefaultWindow}. Beyond {UsageSpan.FineMinutes}, whole hours.")),
        ["granularity"] = ("integer", Invariant($"Minutes that one point sums up, default {UsageQuery.DefaultGranularity}; not more than the window. With a window beyond {UsageSpan.FineMinutes}, whole hours, default {UsageSpan.MinutesPerHour}.")),
        ["instance"] = ("string", "Only this instance, by its name."),
        ["tier"] = ("integer", "Only this tier, by its priority."),
        ["limit"] = ("integer", Invariant($"The most waiting, and the most running, requests to list of each tier. 1 to {QueueRoutes.MaxLimit}, default {QueueRoutes.DefaultLimit}.")),
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
