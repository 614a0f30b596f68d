using Gateway.Listeners;
using Gateway.Management.Instances;
using Gateway.Management.OpenApi;
using Gateway.Recording.Usage;
using Gateway.Requests;
using Gateway.Upstreams;

namespace Gateway.Management.Statistics;

/// <summary>What has been used when: over minutes and hours, over instances and tiers.</summary>
internal static class UsageRoutes
{
    public static void MapUsage(this IEndpointRouteBuilder routes)
    {
        routes.Map(HttpMethods.Get, "/stats/instances",
            new RouteDocs("What the instances have done in the last minutes, hours or days.", ManagementJson.Default.InstanceUsageAnswer)
            {
                Query = ["instance", "window"],
                Refusals = [Outcome.InstanceNotFound],
            },
            InstancesAsync);
        routes.Map(HttpMethods.Get, "/stats/usage",
            new RouteDocs("One metric as a time series: of everything, of a tier, or of an instance.", ManagementJson.Default.UsageAnswer)
            {
                Query = ["metric", "window", "granularity", "instance", "tier"],
                Refusals = [Outcome.InstanceNotFound, Outcome.TierNotFound],
            },
            SeriesAsync);
    }

    private static async Task InstancesAsync(HttpContext context)
    {
        IServiceProvider services = context.RequestServices;
        if (await ParseAsync(context) is not { } query)
        {
            return;
        }

        DateTimeOffset now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        UsageSeries series = await UsageSpan.Sum(now, query.Window).ReadAsync(services.GetRequiredService<UsageLookup>());
        IReadOnlyList<InstanceView> views = await InstanceView.AllAsync(services);
        var answer = new InstanceUsageAnswer
        {
            WindowMinutes = query.Window,
            Shared = series.IsShared,
            Instances = views.Where(view => query.Key.Scope != UsageScope.Instance || view.Name == query.Key.Instance).ToDictionary(
                static view => view.Name, view => InstanceUsageRow.Of(view.Row(), series.Points[0].Of(UsageKey.OfInstance(view.Name)), query.Window)),
            Timestamp = now,
        };
        await OwnAnswer.WriteAsync(context, answer, ManagementJson.Default.InstanceUsageAnswer);
    }

    private static async Task SeriesAsync(HttpContext context)
    {
        IServiceProvider services = context.RequestServices;
        if (await ParseAsync(context) is not { } query)
        {
            return;
        }

        DateTimeOffset now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        UsageSpan span = UsageSpan.Of(now, query.Window, query.Granularity);
        UsageSeries series = await span.ReadAsync(services.GetRequiredService<UsageLookup>());
        var answer = new UsageAnswer
        {
            Metric = query.Metric,
            Unit = UsageValues.UnitOf(query.Metric, query.Key.Scope),
            Instance = query.Key.Scope == UsageScope.Instance ? query.Key.Instance : null,
            Tier = query.Key.Scope == UsageScope.Tier ? query.Key.Priority : null,
            WindowMinutes = query.Window,
            GranularityMinutes = query.Granularity,
            Shared = series.IsShared,
            TimeSeries =
            [
                .. series.Points.Select((sums, i) => new UsagePoint { Timestamp = span.StartOf(i), Value = UsageValues.Of(query.Metric, sums.Of(query.Key)) }),
            ],
            Timestamp = now,
        };
        await OwnAnswer.WriteAsync(context, answer, ManagementJson.Default.UsageAnswer);
    }

    /// <summary>Null when it was refused.</summary>
    private static async Task<UsageQuery?> ParseAsync(HttpContext context)
    {
        IServiceProvider services = context.RequestServices;
        (UsageQuery? query, RequestError? error) = UsageQuery.Parse(
            context.Request.Query, services.GetRequiredService<InstanceTable>(),
            [.. services.GetRequiredService<ListenerTable>().Policies.Select(static policy => policy.Priority)]);
        if (error is not null)
        {
            await Exchange.Of(context).Fail(error);
        }

        return query;
    }
}
