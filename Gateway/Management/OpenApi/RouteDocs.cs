using System.Text.Json.Serialization.Metadata;
using Gateway.Requests;

namespace Gateway.Management.OpenApi;

/// <summary>What the OpenAPI document says of a management route and the route itself does not.</summary>
/// <param name="Summary">What it does, in a sentence.</param>
/// <param name="Answer">The type of its good answer; null for text.</param>
internal sealed record RouteDocs(string Summary, JsonTypeInfo? Answer)
{
    /// <summary>Of the good answer.</summary>
    public string MediaType { get; init; } = "application/json";

    /// <summary>Of the good answer.</summary>
    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>Names of the query parameters it reads.</summary>
    public IReadOnlyList<string> Query { get; init; } = [];

    /// <summary>It takes the settings of an instance in its body.</summary>
    public bool TakesSettings { get; init; }

    /// <summary>Its own ways to refuse, besides those of every management route.</summary>
    public IReadOnlyList<Outcome> Refusals { get; init; } = [];
}
