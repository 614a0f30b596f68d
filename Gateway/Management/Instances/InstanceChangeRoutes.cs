using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Management.OpenApi;
using Gateway.Requests;
using Gateway.Upstreams;

namespace Gateway.Management.Instances;

/// <summary>Changing an instance while the gateway runs.</summary>
internal static partial class InstanceChangeRoutes
{
    /// <summary>A field said twice has no meaning that both sides could agree on.</summary>
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static void MapInstanceChanges(this IEndpointRouteBuilder routes)
    {
        routes.Map(HttpMethods.Post, InstanceRoutes.One + "/reset",
            new RouteDocs("Forgets the counters and errors of an instance, closes its circuit and ends its pause.", ManagementJson.Default.ResetAnswer)
            {
                Refusals = [Outcome.InstanceNotFound],
            },
            ResetAsync);
        routes.Map(HttpMethods.Put, InstanceRoutes.One + "/config",
            new RouteDocs("Changes settings of an instance at once, all or none, until the next reload or restart.", ManagementJson.Default.SettingsAnswer)
            {
                TakesSettings = true,
                Refusals = [Outcome.BodyMalformed, Outcome.SettingRefused, Outcome.BodyTooLarge, Outcome.InstanceNotFound],
            },
            ChangeAsync);
    }

    private static Task ResetAsync(HttpContext context)
    {
        IServiceProvider services = context.RequestServices;
        InstanceTable instances = services.GetRequiredService<InstanceTable>();
        string name = InstanceRoutes.NameOf(context);
        if (instances.All.FirstOrDefault(instance => instance.Name == name) is not { } instance)
        {
            return Exchange.Of(context).Fail(InstanceRoutes.NotFound(instances));
        }

        instance.Usage.Reset();
        instance.Health.Reset();
        Log.Reset(services.GetRequiredService<ILogger<InstanceChanges>>(), name);
        var answer = new ResetAnswer(
            "The counters and errors start anew; the circuit is closed.", name, services.GetRequiredService<TimeProvider>().GetUtcNow());
        return OwnAnswer.WriteAsync(context, answer, ManagementJson.Default.ResetAnswer);
    }

    private static async Task ChangeAsync(HttpContext context)
    {
        Exchange exchange = Exchange.Of(context);
        if (await ReadAsync(context.Request, context.RequestAborted) is not { } settings)
        {
            await exchange.Fail(new RequestError(Outcome.BodyMalformed, "It must be a JSON object that names each field once."));
            return;
        }

        string name = InstanceRoutes.NameOf(context);
        if (context.RequestServices.GetRequiredService<InstanceChanges>().Change(name, settings) is { } error)
        {
            await exchange.Fail(error);
            return;
        }

        var answer = new SettingsAnswer("The settings are in force until the next reload or restart.", name, [.. settings.Select(static field => field.Key)]);
        await OwnAnswer.WriteAsync(context, answer, ManagementJson.Default.SettingsAnswer);
    }

    private static async Task<JsonObject?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            JsonNode? body = await JsonNode.ParseAsync(request.Body, nodeOptions: null, Strict, cancellationToken);

            // Names are decoded only when they are asked for; those that are no text at all say so here.
            return body is JsonObject settings && settings.All(static field => field.Key is not null) ? settings : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3022, LogLevel.Information, "Instance {Instance} was reset by the admin API")]
        public static partial void Reset(ILogger logger, string instance);
    }
}
