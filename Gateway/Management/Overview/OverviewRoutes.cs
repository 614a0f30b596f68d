using Gateway.Configuration;
using Gateway.Management.Instances;
using Gateway.Management.OpenApi;
using Gateway.Redis;
using Gateway.Scheduling;

namespace Gateway.Management.Overview;

/// <summary>How the whole is, and what it was told to be.</summary>
internal static class OverviewRoutes
{
    public static void MapOverview(this IEndpointRouteBuilder routes)
    {
        routes.Map(HttpMethods.Get, "/admin/health",
            new RouteDocs("The gateway and its instances at a glance.", ManagementJson.Default.HealthOverview), HealthAsync);
        routes.Map(HttpMethods.Get, "/admin/config",
            new RouteDocs("The configuration in force, with changes made at run time and without secrets.", ManagementJson.Default.JsonObject), ConfigAsync);
    }

    private static async Task HealthAsync(HttpContext context)
    {
        IServiceProvider services = context.RequestServices;
        SchedulerSnapshot state = await services.GetRequiredService<Scheduler>().SnapshotAsync();
        IReadOnlyList<InstanceView> views = await InstanceView.AllAsync(services, state);
        DateTimeOffset now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        DrainState drain = services.GetRequiredService<DrainState>();
        int healthy = views.Count(static view => view.HealthStatus == HealthStatus.Healthy);
        var answer = new HealthOverview
        {
            Status = drain.IsLeaving ? OverallStatus.Draining : Judge(views),
            Ready = drain.IsReady,
            Version = ConfigurationCommand.Version(),
            Timestamp = now,
            RedisConnected = services.GetRequiredService<RedisConnection>().IsAvailable,
            Summary = new HealthSummary
            {
                TotalInstances = views.Count,
                HealthyInstances = healthy,
                UnhealthyInstances = views.Count - healthy,
                Waiting = state.Tiers.Sum(static tier => tier.Depth + tier.Sleeping),
                Running = state.Tiers.Sum(static tier => tier.Running),
            },
            Instances = views.ToDictionary(static view => view.Name, static view => view.Health()),
        };
        await OwnAnswer.WriteAsync(context, answer, ManagementJson.Default.HealthOverview);
    }

    private static OverallStatus Judge(IReadOnlyList<InstanceView> views)
    {
        InstanceView[] enabled = [.. views.Where(static view => view.Status != InstanceStatus.Disabled)];
        int healthy = enabled.Count(static view => view.HealthStatus == HealthStatus.Healthy);
        return healthy == 0 ? OverallStatus.Unhealthy
            : healthy < enabled.Length ? OverallStatus.Degraded
            : OverallStatus.Healthy;
    }

    private static Task ConfigAsync(HttpContext context) => OwnAnswer.WriteAsync(
        context, EffectiveConfiguration.Describe(context.RequestServices.GetRequiredService<OptionsSnapshot>().Current), ManagementJson.Default.JsonObject);
}
