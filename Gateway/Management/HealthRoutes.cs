using System.Globalization;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Requests;

namespace Gateway.Management;

/// <summary>
/// <c>/health</c> says that the process lives (always 200, asks nobody, needs no key); <c>/health/ready</c> says whether it takes requests
/// (503 while it drains).
/// </summary>
internal static class HealthRoutes
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/health", [HttpMethods.Get, HttpMethods.Head], context => AnswerAsync(context, isReadiness: false));
        routes.MapMethods("/health/ready", [HttpMethods.Get, HttpMethods.Head], context => AnswerAsync(context, isReadiness: true));
    }

    private static async Task AnswerAsync(HttpContext context, bool isReadiness)
    {
        IServiceProvider services = context.RequestServices;
        GatewayOptions options = services.GetRequiredService<OptionsSnapshot>().Current;
        bool ready = services.GetRequiredService<DrainState>().IsReady;
        string now = services.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        string target = options.Instances.Count > 0 ? options.Instances[0].ApiBase.GetLeftPart(UriPartial.Path) : "";
        var answer = new HealthAnswer(ready ? "healthy" : "draining", RedisConnected: false, "openai-proxy", now, target);

        byte[] body = JsonSerializer.SerializeToUtf8Bytes(answer, HealthAnswerContext.Default.HealthAnswer);
        Exchange.Of(context).Record.Outcome = Outcome.Answered;
        context.Response.StatusCode = ready || !isReadiness ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.BodyWriter.WriteAsync(body);
        }
    }
}
