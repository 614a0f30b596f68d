using Gateway.Management.Dashboard.Feed;
using Gateway.Management.Dashboard.Session;
using Gateway.Management.OpenApi;
using Gateway.Management.Protection;
using Gateway.Requests;

namespace Gateway.Management.Dashboard;

/// <summary>The dashboard: a page, its files, its sign-in, and the stream of frames it draws.</summary>
internal static class DashboardRoutes
{
    public static void MapDashboard(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods(SignIn.PagePath, [HttpMethods.Get], PageAsync).WithMetadata(OwnRefusal.Mark, PageDocs("The dashboard, for browsers.", "text/html"));
        routes.MapMethods("/dashboard/assets/{file}", [HttpMethods.Get], FileAsync).WithMetadata(PageDocs("A style or script of the dashboard.", "text/css"));
        routes.MapMethods("/dashboard/events", [HttpMethods.Get], WatchAsync)
            .WithMetadata(PageDocs("What the dashboard draws, as server-sent events.", "text/event-stream") with { Refusals = [Outcome.DashboardFull] });
        routes.MapSignIn();
    }

    private static RouteDocs PageDocs(string summary, string mediaType) => new(summary, Answer: null) { MediaType = mediaType };

    private static async Task PageAsync(HttpContext context)
    {
        RequestError? refusal = await context.RequestServices.GetRequiredService<ManagementGuard>().RefusalAsync(context);
        await (refusal switch
        {
            null => PageAnswer.WriteAsync(context, PageFiles.Page, "text/html; charset=utf-8", PageAnswer.PagePolicy),
            { Outcome: Outcome.ManagementUnauthorized } when SignIn.IsForPeople(context.Request) => SignIn.AskAsync(context, message: ""),
            _ => Exchange.Of(context).Fail(refusal),
        });
    }

    private static Task FileAsync(HttpContext context) =>
        PageFiles.TryFind((string)context.GetRouteValue("file")!, out byte[] content, out string type)
            ? PageAnswer.WriteAsync(context, content, type)
            : Exchange.Of(context).Fail(new RequestError(Outcome.RouteNotFound));

    private static async Task WatchAsync(HttpContext context)
    {
        Exchange exchange = Exchange.Of(context);
        LiveFeed feed = context.RequestServices.GetRequiredService<LiveFeed>();
        ManagementGuard guard = context.RequestServices.GetRequiredService<ManagementGuard>();
        if (feed.Join() is not { } watcher)
        {
            await exchange.Fail(new RequestError(Outcome.DashboardFull));
            return;
        }

        try
        {
            exchange.Record.Outcome = Outcome.Answered;
            HttpResponse response = context.Response;
            AnswerHeaders.Secure(response.Headers);
            response.ContentType = "text/event-stream";
            response.Headers["X-Accel-Buffering"] = "no";
            await foreach (byte[] frame in watcher.Frames(context.RequestAborted))
            {
                // A session ends, and a token changes, while somebody watches.
                if (guard.Refusal(context) is not null)
                {
                    break;
                }

                await response.BodyWriter.WriteAsync(frame, context.RequestAborted);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The way every dashboard is closed.
        }
        finally
        {
            feed.Leave(watcher);
        }
    }
}
