using Gateway.Management.OpenApi;
using Gateway.Requests;
using Gateway.Upstreams;

namespace Gateway.Management.Instances;

/// <summary>What the instances do: all in short, one in full.</summary>
internal static class InstanceRoutes
{
    public const string One = "/admin/instances/{name}";

    public static void MapInstances(this IEndpointRouteBuilder routes)
    {
        routes.Map(HttpMethods.Get, "/admin/instances",
            new RouteDocs("All instances in short, and their sums.", ManagementJson.Default.InstancesAnswer), AllAsync);
        routes.Map(HttpMethods.Get, One,
            new RouteDocs("Everything about one instance, except its key.", ManagementJson.Default.InstanceAnswer)
            {
                Refusals = [Outcome.InstanceNotFound],
            },
            OneAsync);
    }

    /// <summary>The instance has gone, or never was.</summary>
    public static RequestError NotFound(InstanceTable instances) =>
        new(Outcome.InstanceNotFound, $"Known: {string.Join(", ", instances.All.Select(static instance => instance.Name))}.", Param: "name");

    public static string NameOf(HttpContext context) => (string)context.GetRouteValue("name")!;

    private static async Task AllAsync(HttpContext context)
    {
        IReadOnlyList<InstanceView> views = await InstanceView.AllAsync(context.RequestServices);
        Dictionary<string, InstanceRow> rows = views.ToDictionary(static view => view.Name, static view => view.Row());
        var summary = new InstancesSummary(
            rows.Count,
            rows.Values.Count(static row => row.HealthStatus == HealthStatus.Healthy),
            rows.Values.Sum(static row => row.TotalRequests),
            rows.Values.Sum(static row => row.TotalTokensServed));
        await OwnAnswer.WriteAsync(context, new InstancesAnswer(rows, summary), ManagementJson.Default.InstancesAnswer);
    }

    private static async Task OneAsync(HttpContext context)
    {
        string name = NameOf(context);
        InstanceView? view = (await InstanceView.AllAsync(context.RequestServices)).FirstOrDefault(view => view.Name == name);
        if (view is null)
        {
            await Exchange.Of(context).Fail(NotFound(context.RequestServices.GetRequiredService<InstanceTable>()));
            return;
        }

        await OwnAnswer.WriteAsync(context, view.Answer(), ManagementJson.Default.InstanceAnswer);
    }
}
