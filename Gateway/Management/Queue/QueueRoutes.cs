using System.Globalization;
using Gateway.Listeners;
using Gateway.Management.OpenApi;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Management.Queue;

/// <summary>Who runs, who waits, and taking somebody out.</summary>
internal static partial class QueueRoutes
{
    public const int DefaultLimit = 100;

    /// <summary>An answer stays below a few MiB, and its making does not hold the scheduler up.</summary>
    public const int MaxLimit = 10_000;

    public static void MapQueue(this IEndpointRouteBuilder routes)
    {
        routes.Map(HttpMethods.Get, "/admin/queue",
            new RouteDocs("The tiers with their running and waiting requests.", ManagementJson.Default.QueueAnswer)
            {
                Query = ["limit"],
            },
            ListAsync);
        routes.Map(HttpMethods.Delete, "/admin/queue/{id}",
            new RouteDocs("Takes a waiting request out of the queue; its caller gets an error.", ManagementJson.Default.RemovalAnswer)
            {
                Refusals = [Outcome.ItemNotFound, Outcome.ItemRunning],
            },
            RemoveAsync);
    }

    private static async Task ListAsync(HttpContext context)
    {
        if (!TryLimit(context.Request.Query, out int limit))
        {
            string range = string.Create(CultureInfo.InvariantCulture, $"\"limit\" must be a whole number from 1 to {MaxLimit}.");
            await Exchange.Of(context).Fail(new RequestError(Outcome.QueryRefused, range, "limit"));
            return;
        }

        IServiceProvider services = context.RequestServices;
        SchedulerSnapshot state = await services.GetRequiredService<Scheduler>().SnapshotAsync(withItems: true, limit);
        var view = new QueueView(state, services.GetRequiredService<ListenerTable>(), services.GetRequiredService<InstanceTable>(), limit);
        await OwnAnswer.WriteAsync(context, view.Answer(), ManagementJson.Default.QueueAnswer);
    }

    private static async Task RemoveAsync(HttpContext context)
    {
        Exchange exchange = Exchange.Of(context);
        Scheduler scheduler = context.RequestServices.GetRequiredService<Scheduler>();
        if (!long.TryParse((string?)context.GetRouteValue("id"), NumberStyles.None, CultureInfo.InvariantCulture, out long id))
        {
            await exchange.Fail(new RequestError(Outcome.ItemNotFound, Param: "id"));
            return;
        }

        EvictionResult result = await scheduler.EvictAsync(id);
        if (result != EvictionResult.Removed)
        {
            await exchange.Fail(new RequestError(result == EvictionResult.Running ? Outcome.ItemRunning : Outcome.ItemNotFound, Param: "id"));
            return;
        }

        Log.Removed(context.RequestServices.GetRequiredService<ILogger<Scheduler>>(), id);
        await OwnAnswer.WriteAsync(context, new RemovalAnswer("The request was taken out of the queue.", id), ManagementJson.Default.RemovalAnswer);
    }

    private static bool TryLimit(IQueryCollection query, out int limit)
    {
        limit = DefaultLimit;
        return query["limit"] is { Count: var count } sent
            && (count == 0 || (count == 1 && int.TryParse(sent[0], NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit));
    }

    private static partial class Log
    {
        [LoggerMessage(3030, LogLevel.Information, "Request {Id} was taken out of the queue by the admin API")]
        public static partial void Removed(ILogger logger, long id);
    }
}
