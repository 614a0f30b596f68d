using UpstreamSimulator.Counting;

namespace UpstreamSimulator;

/// <summary>The routes that look at the simulator itself; they are not counted.</summary>
internal static class ControlRoutes
{
    public static async Task HandleAsync(HttpContext context, SimulatorHost host)
    {
        switch (context.Request.Method, context.Request.Path.Value)
        {
            case ("GET", "/sim/stats"):
                ReadOnlyMemory<byte> body = StatsJson.Write(host.Stats);
                context.Response.ContentType = "application/json";
                context.Response.ContentLength = body.Length;
                await context.Response.BodyWriter.WriteAsync(body);
                break;
            case ("POST", "/sim/reset"):
                host.Reset();
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }
}
