using System.Globalization;
using Gateway.Listeners;
using Gateway.Management.OpenApi;
using Gateway.Requests;
using Gateway.Scheduling;

namespace Gateway.Management.Queue;

/// <summary>A paused tier takes requests and starts none.</summary>
internal static partial class TierRoutes
{
    public static void MapTiers(this IEndpointRouteBuilder routes)
    {
        Map(routes, "pause", "Starts nothing more of a tier; it goes on taking requests, and what runs goes on.", paused: true);
        Map(routes, "resume", "Lets a paused tier go on.", paused: false);
    }

    private static void Map(IEndpointRouteBuilder routes, string word, string summary, bool paused) => routes.Map(
        HttpMethods.Post, $"/admin/tiers/{{priority}}/{word}",
        new RouteDocs(summary, ManagementJson.Default.TierAnswer) { Refusals = [Outcome.TierNotFound] },
        context => SetAsync(context, paused));

    private static async Task SetAsync(HttpContext context, bool paused)
    {
        IServiceProvider services = context.RequestServices;
        int[] known = [.. services.GetRequiredService<ListenerTable>().Policies.Select(static policy => policy.Priority).Distinct().Order()];
        if (!int.TryParse((string?)context.GetRouteValue("priority"), NumberStyles.None, CultureInfo.InvariantCulture, out int priority)
            || !known.Contains(priority))
        {
            await Exchange.Of(context).Fail(new RequestError(Outcome.TierNotFound, $"Known: {string.Join(", ", known)}.", "priority"));
            return;
        }

        Scheduler scheduler = services.GetRequiredService<Scheduler>();
        scheduler.SetPaused(priority, paused);

        // Asked, because a drain lifts every pause and allows no other.
        SchedulerSnapshot state = await scheduler.SnapshotAsync();
        bool isPaused = state.Tiers.Single(tier => tier.Priority == priority).Paused;
        Log.Set(services.GetRequiredService<ILogger<Scheduler>>(), priority, isPaused);
        string message = isPaused ? "The tier takes requests and starts none."
            : paused ? "The gateway drains: no tier can be paused."
            : "The tier runs.";
        await OwnAnswer.WriteAsync(context, new TierAnswer(message, priority, isPaused), ManagementJson.Default.TierAnswer);
    }

    private static partial class Log
    {
        [LoggerMessage(3031, LogLevel.Information, "Tier {Priority} set by the admin API; paused: {Paused}")]
        public static partial void Set(ILogger logger, int priority, bool paused);
    }
}
