using System.Globalization;
using Gateway.Configuration;
using Gateway.Management.Protection;
using Gateway.Redis;

namespace Gateway.Management;

/// <summary>
/// <c>/health</c> says that the process lives (always 200, asks nobody, needs no key); <c>/health/ready</c> says whether it takes requests
/// (503 while it starts or drains).
/// </summary>
internal static class HealthRoutes
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        Map(routes, "/health", isReadiness: false);
        Map(routes, "/health/ready", isReadiness: true);
    }

    private static void Map(IEndpointRouteBuilder routes, string pattern, bool isReadiness) => routes
        .MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], context => AnswerAsync(context, isReadiness))
        .WithMetadata(OpenRoute.Mark);

    private static Task AnswerAsync(HttpContext context, bool isReadiness)
    {
        IServiceProvider services = context.RequestServices;
        GatewayOptions options = services.GetRequiredService<OptionsSnapshot>().Current;
        DrainState drain = services.GetRequiredService<DrainState>();
        string now = services.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        string target = options.Instances[0].ApiBase.AbsoluteUri;
        var answer = new HealthAnswer(drain.IsReady ? "healthy" : drain.IsLeaving ? "draining" : "starting", services.GetRequiredService<RedisConnection>().IsAvailable, "openai-proxy", now, target);

        int status = drain.IsReady || !isReadiness ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return OwnAnswer.WriteAsync(context, answer, HealthAnswerContext.Default.HealthAnswer, status);
    }
}
