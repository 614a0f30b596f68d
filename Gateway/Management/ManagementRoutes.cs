using Gateway.Management.Caching;
using Gateway.Management.Dashboard;
using Gateway.Management.Instances;
using Gateway.Management.Metrics;
using Gateway.Management.OpenApi;
using Gateway.Management.Overview;
using Gateway.Management.Queue;
using Gateway.Management.Statistics;
using Gateway.Requests;

namespace Gateway.Management;

/// <summary>The routes for whoever runs the gateway. What is mapped here is protected without further ado.</summary>
internal static class ManagementRoutes
{
    public static void MapManagement(this IEndpointRouteBuilder routes)
    {
        routes.MapInstances();
        routes.MapInstanceChanges();
        routes.MapOverview();
        routes.MapStats();
        routes.MapMetrics();
        routes.MapUsage();
        routes.MapQueue();
        routes.MapTiers();
        routes.MapDrain();
        routes.MapCache();
        routes.MapDashboard();
        routes.MapOpenApi();
    }

    /// <summary>Maps one management route; its documentation is part of it.</summary>
    public static void Map(this IEndpointRouteBuilder routes, string method, string pattern, RouteDocs docs, RequestDelegate handler)
    {
        // Only a read that knows no parameter cannot do the wrong thing for one.
        if (docs.Query.Count > 0 || method != HttpMethods.Get)
        {
            handler = KnownQuery.Demand(docs.Query, handler);
            docs = docs with { Refusals = [.. docs.Refusals.Union([Outcome.QueryRefused])] };
        }

        routes.MapMethods(pattern, [method], handler).WithMetadata(docs);
    }
}
