using Gateway.Configuration;
using Gateway.Management.OpenApi;

namespace Gateway.Management.Queue;

/// <summary>Leaving service, as SIGTERM does.</summary>
internal static class DrainRoutes
{
    public static void MapDrain(this IEndpointRouteBuilder routes) => routes.Map(
        HttpMethods.Post, "/admin/drain",
        new RouteDocs("Takes nothing new, lets what was admitted finish, and stops the program, as SIGTERM does.", ManagementJson.Default.DrainAnswer)
        {
            Status = StatusCodes.Status202Accepted,
        },
        DrainAsync);

    private static Task DrainAsync(HttpContext context)
    {
        DrainState drain = context.RequestServices.GetRequiredService<DrainState>();
        string message = drain.IsLeaving ? "The gateway is leaving service already." : "The gateway leaves service.";
        _ = drain.LeaveAsync();
        var answer = new DrainAnswer
        {
            Message = message,
            LimitSeconds = context.RequestServices.GetRequiredService<OptionsSnapshot>().Current.Limits.DrainTimeout.TotalSeconds,
        };
        return OwnAnswer.WriteAsync(context, answer, ManagementJson.Default.DrainAnswer, StatusCodes.Status202Accepted);
    }
}
