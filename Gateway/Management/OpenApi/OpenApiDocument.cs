using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Configuration;
using Gateway.Errors;
using Gateway.Requests;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Gateway.Management.OpenApi;

/// <summary>
/// OpenAPI 3.1, built from what the gateway itself works by: the routes, the types of their answers, the catalogue of errors, and the rules of the
/// settings.
/// </summary>
internal static class OpenApiDocument
{
    /// <summary>What every management route may answer instead.</summary>
    private static readonly Outcome[] Protection = [Outcome.ManagementUnauthorized, Outcome.ManagementForbidden];

    public static JsonObject Of(IEnumerable<Endpoint> endpoints)
    {
        var schemas = new OpenApiSchemas();
        var paths = new JsonObject();
        foreach (RouteEndpoint endpoint in endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<RouteDocs>() is not { } docs)
            {
                continue;
            }

            string path = endpoint.RoutePattern.RawText!;
            if (paths[path] is not JsonObject operations)
            {
                paths[path] = operations = [];
            }

            foreach (string method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods)
            {
                operations[method.ToLowerInvariant()] = Operation(method, endpoint.RoutePattern, docs, schemas);
            }
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Gateway management",
                ["version"] = ConfigurationCommand.Version(),
                ["description"] = "Routes for whoever runs the gateway. With admin_token they need it from everywhere; without, they answer direct local callers only.",
            },
            ["security"] = new JsonArray(Scheme("admin_token"), Scheme("bearer"), new JsonObject()),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.All,
                ["securitySchemes"] = new JsonObject
                {
                    ["admin_token"] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = "X-Admin-Token" },
                    ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" },
                },
            },
        };
    }

    private static JsonObject Operation(string method, RoutePattern pattern, RouteDocs docs, OpenApiSchemas schemas)
    {
        var operation = new JsonObject { ["operationId"] = IdOf(method, pattern), ["summary"] = docs.Summary };
        JsonNode[] parameters =
        [
            .. pattern.Parameters.Select(static parameter => OpenApiParameters.Of(parameter.Name, "path")),
            .. docs.Query.Select(static name => OpenApiParameters.Of(name, "query")),
        ];
        if (parameters.Length > 0)
        {
            operation["parameters"] = new JsonArray(parameters);
        }

        if (docs.TakesSettings)
        {
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content(schemas.Settings()) };
        }

        var responses = new JsonObject { [Text(docs.Status)] = Response(docs.Summary, docs.Answer is { } answer ? schemas.Of(answer) : new JsonObject { ["type"] = "string" }, docs.MediaType) };
        IEnumerable<IGrouping<int, ApiError>> refusals = docs.Refusals.Concat(Protection).Select(static outcome => ErrorCatalog.Of(outcome)!)
            .GroupBy(static error => error.Status).OrderBy(static errors => errors.Key);
        foreach (IGrouping<int, ApiError> errors in refusals)
        {
            responses[Text(errors.Key)] = Response(string.Join(' ', errors.Select(static error => $"{error.Code}: {error.Message}")), schemas.Error());
        }

        operation["responses"] = responses;
        return operation;
    }

    private static JsonObject Response(string description, JsonObject schema, string mediaType = "application/json") =>
        new() { ["description"] = description, ["content"] = Content(schema, mediaType) };

    private static JsonObject Content(JsonObject schema, string mediaType = "application/json") => new() { [mediaType] = new JsonObject { ["schema"] = schema } };

    private static JsonObject Scheme(string name) => new() { [name] = new JsonArray() };

    /// <summary>Such as <c>put_admin_instances_name_config</c>.</summary>
    private static string IdOf(string method, RoutePattern pattern) =>
        $"{method.ToLowerInvariant()}_{string.Join('_', pattern.RawText!.Split(['/', '{', '}', '.', ':'], StringSplitOptions.RemoveEmptyEntries))}";

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);
}
