using System.Globalization;
using System.Text.Json;
using Gateway.Management.Instances;
using Gateway.Recording.Usage;
using Gateway.Requests;
using Gateway.Upstreams;

namespace Gateway.Management.Statistics;

/// <summary>What is asked of the usage, checked.</summary>
internal sealed record UsageQuery
{
    public const int DefaultWindow = 60;
    public const int DefaultGranularity = 5;

    /// <summary>The names of all, as a list.</summary>
    public static string Metrics { get; } = string.Join(", ", Enum.GetValues<UsageMetric>().Select(NameOf));

    public UsageMetric Metric { get; private init; }

    /// <summary>In minutes.</summary>
    public int Window { get; private init; }

    /// <summary>In minutes.</summary>
    public int Granularity { get; private init; }

    public UsageKey Key { get; private init; } = UsageKey.Whole;

    /// <summary>The query, or why it cannot be answered.</summary>
    /// <param name="query">As sent; an empty <c>instance</c> or <c>tier</c> is none.</param>
    /// <param name="instances">Those that may be asked for.</param>
    /// <param name="priorities">Of the tiers that may be asked for.</param>
    public static (UsageQuery? Query, RequestError? Error) Parse(IQueryCollection query, InstanceTable instances, IReadOnlyCollection<int> priorities)
    {
        if (!TryNumber(query, "window", DefaultWindow, UsageSpan.MaxMinutes, out int window))
        {
            return (null, Refuse("window", $"must be a whole number of minutes from 1 to {UsageSpan.MaxMinutes}"));
        }

        bool isCoarse = window > UsageSpan.FineMinutes;
        int usual = isCoarse ? UsageSpan.MinutesPerHour : Math.Min(DefaultGranularity, window);
        if (!TryNumber(query, "granularity", usual, window, out int granularity) || (isCoarse && granularity % UsageSpan.MinutesPerHour != 0))
        {
            string hours = isCoarse ? $", and whole hours ({UsageSpan.MinutesPerHour}, 120, ...) for a window beyond {UsageSpan.FineMinutes}" : "";
            return (null, Refuse("granularity", $"must be a whole number of minutes from 1 to the window's {window}{hours}"));
        }

        if (!TryMetric(query, out UsageMetric metric))
        {
            return (null, Refuse("metric", $"must be one of {Metrics}"));
        }

        (UsageKey key, RequestError? error) = KeyOf(query, metric, instances, priorities);
        return error is null ? (new UsageQuery { Metric = metric, Window = window, Granularity = granularity, Key = key }, null) : (null, error);
    }

    private static (UsageKey Key, RequestError? Error) KeyOf(
        IQueryCollection query, UsageMetric metric, InstanceTable instances, IReadOnlyCollection<int> priorities)
    {
        string? instance = query["instance"];
        string? tier = query["tier"];
        if (!string.IsNullOrEmpty(instance) && !string.IsNullOrEmpty(tier))
        {
            return (default, Refuse("tier", "cannot stand beside \"instance\""));
        }

        if (!string.IsNullOrEmpty(instance))
        {
            return !instances.All.Any(known => known.Name == instance) ? (default, UnknownInstance(instances))
                : !UsageValues.IsPerInstance(metric) ? (default, Refuse("metric", "is not known of single instances"))
                : (UsageKey.OfInstance(instance), null);
        }

        return string.IsNullOrEmpty(tier) ? (UsageKey.Whole, null)
            : int.TryParse(tier, NumberStyles.None, CultureInfo.InvariantCulture, out int priority) && priorities.Contains(priority)
                ? (UsageKey.OfTier(priority), null)
                : (default, new RequestError(
                    Outcome.TierNotFound, $"Known: {string.Join(", ", priorities.Order().Distinct())}.", "tier"));
    }

    private static RequestError UnknownInstance(InstanceTable instances) => InstanceRoutes.NotFound(instances) with { Param = "instance" };

    private static RequestError Refuse(string name, string rule) => new(Outcome.QueryRefused, $"\"{name}\" {rule}.", name);

    private static bool TryNumber(IQueryCollection query, string name, int usual, int most, out int number)
    {
        number = usual;
        return query[name] is { Count: var count } sent
            && (count == 0 || (count == 1 && int.TryParse(sent[0], NumberStyles.None, CultureInfo.InvariantCulture, out number)))
            && number >= 1 && number <= most;
    }

    private static bool TryMetric(IQueryCollection query, out UsageMetric metric)
    {
        metric = UsageMetric.Requests;
        if (query["metric"] is not { Count: > 0 } sent)
        {
            return true;
        }

        foreach (UsageMetric known in Enum.GetValues<UsageMetric>())
        {
            if (sent.Count == 1 && sent[0] == NameOf(known))
            {
                metric = known;
                return true;
            }
        }

        return false;
    }

    private static string NameOf(UsageMetric metric) => JsonNamingPolicy.SnakeCaseLower.ConvertName(metric.ToString());
}
