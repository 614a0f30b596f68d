using Gateway.Management.OpenApi;

namespace Gateway.Management.Metrics;

/// <summary>Everything that can be counted, for Prometheus.</summary>
internal static class MetricsRoutes
{
    private const string TextFormat = "text/plain; version=0.0.4; charset=utf-8";

    public static void MapMetrics(this IEndpointRouteBuilder routes) => routes.Map(
        HttpMethods.Get, "/metrics", new RouteDocs("All metrics, in the text format of Prometheus.", Answer: null) { MediaType = TextFormat }, AnswerAsync);

    private static async Task AnswerAsync(HttpContext context)
    {
        IServiceProvider services = context.RequestServices;
        await services.GetRequiredService<StateSampler>().RefreshAsync();
        await OwnAnswer.WriteAsync(context, services.GetRequiredService<MetricsExport>().Scrape(), TextFormat);
    }
}
