namespace Gateway.Configuration;

/// <summary>Cross-origin access for browsers. Key: <c>cors</c>.</summary>
internal sealed record CorsOptions
{
    /// <summary>Allowed origins such as <c>https://app.example</c>, or <c>*</c> alone. Default empty = off.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];
}
