using Gateway.Caching;
using Gateway.Configuration;
using Gateway.Management.Instances;
using Gateway.Management.OpenApi;

namespace Gateway.Management.Statistics;

/// <summary>What the gateway has done so far, in one answer. Routing takes <c>/stats/</c> for the same route.</summary>
internal static class StatsRoutes
{
    public static void MapStats(this IEndpointRouteBuilder routes) => routes.Map(
        HttpMethods.Get, "/stats", new RouteDocs("The gateway in numbers: cache, limits, instances.", ManagementJson.Default.StatsAnswer), AnswerAsync);

    private static async Task AnswerAsync(HttpContext context)
    {
        IServiceProvider services = context.RequestServices;
        GatewayOptions options = services.GetRequiredService<OptionsSnapshot>().Current;
        IReadOnlyList<InstanceView> views = await InstanceView.AllAsync(services);
        Dictionary<string, InstanceRow> rows = views.ToDictionary(static view => view.Name, static view => view.Row());
        var answer = new StatsAnswer
        {
            Cache = new CacheStats { ItemCount = await services.GetRequiredService<IAnswerStore>().CountAsync(), Ttl = Durations.Format(options.Cache.Ttl) },
            RateLimit = options.RateLimit?.RequestsPerMinutePerIp ?? options.RateLimit?.RequestsPerMinute,
            ProxyUrl = UrlConverter.WithoutCredentials(options.ProxyUrl),
            OpenaiUrl = options.Instances[0].ApiBase.AbsoluteUri,
            Summary = StatsSummary.Of(rows.Values),
            Instances = rows,
            Timestamp = services.GetRequiredService<TimeProvider>().GetUtcNow(),
        };
        await OwnAnswer.WriteAsync(context, answer, ManagementJson.Default.StatsAnswer);
    }
}
