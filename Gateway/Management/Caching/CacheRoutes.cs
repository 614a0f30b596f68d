using Gateway.Caching;
using Gateway.Management.OpenApi;
using Gateway.Requests;
using Microsoft.Extensions.Primitives;

namespace Gateway.Management.Caching;

/// <summary>Forgetting what was answered.</summary>
internal static partial class CacheRoutes
{
    public static void MapCache(this IEndpointRouteBuilder routes)
    {
        routes.Map(HttpMethods.Delete, "/cache",
            new RouteDocs("Clears the cache: all of it, or the answers of one model.", ManagementJson.Default.CacheAnswer)
            {
                Query = ["model"],
                Refusals = [Outcome.CacheUnavailable],
            },
            ClearAsync);
        routes.Map(HttpMethods.Delete, "/cache/{key}",
            new RouteDocs("Takes one answer out of the cache.", ManagementJson.Default.CacheAnswer)
            {
                Refusals = [Outcome.CacheEntryNotFound],
            },
            RemoveAsync);
    }

    private static async Task ClearAsync(HttpContext context)
    {
        StringValues asked = context.Request.Query["model"];
        if (asked is not ([] or [{ Length: > 0 }]))
        {
            // A variable of a script that was not set must not clear everything.
            await Exchange.Of(context).Fail(new RequestError(Outcome.QueryRefused, "\"model\" must name one model; leave it out to clear everything.", "model"));
            return;
        }

        string? model = asked;
        if (await context.RequestServices.GetRequiredService<AnswerKeeper>().ClearAsync(model) is not { } removed)
        {
            await Exchange.Of(context).Fail(new RequestError(Outcome.CacheUnavailable));
            return;
        }

        Log.Cleared(context.RequestServices.GetRequiredService<ILogger<AnswerKeeper>>(), model is null ? "all" : "those of one model");
        await OwnAnswer.WriteAsync(context, new CacheAnswer("Cache cleared successfully", removed), ManagementJson.Default.CacheAnswer);
    }

    private static async Task RemoveAsync(HttpContext context)
    {
        if (!CacheKey.TryParse((string?)context.GetRouteValue("key"), out CacheKey key)
            || !await context.RequestServices.GetRequiredService<AnswerKeeper>().RemoveAsync(key))
        {
            await Exchange.Of(context).Fail(new RequestError(Outcome.CacheEntryNotFound, Param: "key"));
            return;
        }

        await OwnAnswer.WriteAsync(context, new CacheAnswer("Cache entry removed successfully", 1), ManagementJson.Default.CacheAnswer);
    }

    private static partial class Log
    {
        [LoggerMessage(3200, LogLevel.Information, "The cache was cleared by the management API: {What}")]
        public static partial void Cleared(ILogger logger, string what);
    }
}
