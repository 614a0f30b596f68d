using Gateway.Caching;
using Gateway.Management.OpenApi;
using Gateway.Requests;

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
        string? model = context.Request.Query["model"] is [{ Length: > 0 } name] ? name : null;
        if (!await context.RequestServices.GetRequiredService<AnswerKeeper>().ClearAsync(model))
        {
            await Exchange.Of(context).Fail(new RequestError(Outcome.CacheUnavailable));
            return;
        }

        Log.Cleared(context.RequestServices.GetRequiredService<ILogger<AnswerKeeper>>(), model is null ? "all" : "those of one model");
        await OwnAnswer.WriteAsync(context, new CacheAnswer("Cache cleared successfully"), ManagementJson.Default.CacheAnswer);
    }

    private static async Task RemoveAsync(HttpContext context)
    {
        if (!CacheKey.TryParse((string?)context.GetRouteValue("key"), out CacheKey key)
            || !await context.RequestServices.GetRequiredService<AnswerKeeper>().RemoveAsync(key))
        {
            await Exchange.Of(context).Fail(new RequestError(Outcome.CacheEntryNotFound, Param: "key"));
            return;
        }

        await OwnAnswer.WriteAsync(context, new CacheAnswer("Cache entry removed successfully"), ManagementJson.Default.CacheAnswer);
    }

    private static partial class Log
    {
        [LoggerMessage(3200, LogLevel.Information, "The cache was cleared by the management API: {What}")]
        public static partial void Cleared(ILogger logger, string what);
    }
}
