namespace Gateway.Upstreams.Azure;

/// <summary>Signs every request of an instance in with Microsoft Entra ID.</summary>
internal sealed class EntraHandler(EntraTokens tokens, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string token = await tokens.GetAsync(cancellationToken);
        request.Headers.Remove("Authorization");
        request.Headers.Remove("api-key");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return await base.SendAsync(request, cancellationToken);
    }
}
