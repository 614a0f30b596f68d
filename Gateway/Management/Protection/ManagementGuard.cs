using Gateway.Authentication;
using Gateway.Configuration;
using Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Management.Protection;

/// <summary>
/// Stands in front of every route of the gateway's own that is not marked <see cref="OpenRoute"/>: right port, then the admin token, or,
/// where none is configured, a direct local caller.
/// </summary>
internal sealed class ManagementGuard
{
    /// <summary>No management route takes more than a few settings.</summary>
    public const int MaxBodyBytes = 64 * 1024;

    private const string TokenHeader = "X-Admin-Token";

    private volatile AdminToken? _token;

    public ManagementGuard(OptionsSnapshot options)
    {
        Apply(options.Current);
        options.Changed += Apply;
    }

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Exchange exchange = Exchange.Of(context);
        if (!IsGuarded(context))
        {
            return next(context);
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
        {
            body.MaxRequestBodySize = MaxBodyBytes;
        }

        if (!exchange.Listener.ServesManagement)
        {
            return exchange.Fail(new RequestError(Outcome.RouteNotFound));
        }

        return Refusal(context) is { } refusal ? exchange.Fail(refusal) : next(context);
    }

    /// <summary>A path that no route has is guarded where a management route could be: what there is, is nobody else's business.</summary>
    private static bool IsGuarded(HttpContext context) => context.GetEndpoint() switch
    {
        RouteEndpoint route => route.Metadata.GetMetadata<OpenRoute>() is null,
        _ => ValueRules.IsManagementPath(context.Request.Path.Value ?? ""),
    };

    private RequestError? Refusal(HttpContext context)
    {
        // Read once: a reload may take the token away in between.
        if (_token is { } token)
        {
            return Sent(context.Request.Headers) is { } sent && KeyDigest.Of(sent).FixedTimeEquals(token.Digest)
                ? null
                : new RequestError(Outcome.ManagementUnauthorized);
        }

        return LocalPeer.Objection(context) is { } objection ? new RequestError(Outcome.ManagementForbidden, objection) : null;
    }

    /// <summary>The header of its own decides alone, because a proxy may need Authorization for itself.</summary>
    private static string? Sent(IHeaderDictionary headers) => headers[TokenHeader] switch
    {
        [] => CredentialReader.ReadBearer(headers),
        [{ Length: > 0 } token] => token,
        _ => null,
    };

    private void Apply(GatewayOptions options) => _token = options.AdminToken is { } token ? new AdminToken(KeyDigest.Of(token)) : null;

    private sealed record AdminToken(KeyDigest Digest);
}
