using System.Text.Json.Nodes;

namespace Gateway.Management.OpenApi;

/// <summary>The document that tells programs what management routes there are.</summary>
internal static class OpenApiRoutes
{
    public static void MapOpenApi(this IEndpointRouteBuilder routes) => routes.Map(
        HttpMethods.Get, "/admin/openapi.json",
        new RouteDocs("This document.", ManagementJson.Default.JsonObject),
        static context =>
        {
            JsonObject document = OpenApiDocument.Of(context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints);
            return OwnAnswer.WriteAsync(context, document, ManagementJson.Default.JsonObject);
        });
}
