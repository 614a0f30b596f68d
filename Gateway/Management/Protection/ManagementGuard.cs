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

    private readonly EndedSessions _ended = new();
    private readonly TokenBrake _brake;
    private readonly TimeProvider _time;
    private volatile AdminToken? _token;

    public ManagementGuard(OptionsSnapshot options, TokenBrake brake, TimeProvider time)
    {
        (_brake, _time) = (brake, time);
        Apply(options.Current);
        options.Changed += Apply;
    }

    /// <summary>Null: no token is configured, and this machine is trusted instead.</summary>
    public AdminToken? Token => _token;

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

        bool asksItself = context.GetEndpoint()?.Metadata.GetMetadata<OwnRefusal>() is not null;
        return asksItself ? next(context) : AdmitAsync(context, exchange, next);
    }

    /// <summary>As below; the answer to a wrong token comes late, so that nobody guesses one.</summary>
    public async ValueTask<RequestError?> RefusalAsync(HttpContext context)
    {
        RequestError? refusal = Refusal(context);
        if (refusal is { Outcome: Outcome.ManagementUnauthorized } && Sent(context.Request.Headers) is not null)
        {
            await _brake.HoldAsync(context.RequestAborted);
        }

        return refusal;
    }

    /// <summary>Why the request may not use a management route; null when it may.</summary>
    public RequestError? Refusal(HttpContext context)
    {
        // Read once: a reload may take the token away in between.
        if (_token is { } token)
        {
            return IsAllowed(context.Request, token) ? null : new RequestError(Outcome.ManagementUnauthorized);
        }

        return LocalPeer.Objection(context) is { } objection ? new RequestError(Outcome.ManagementForbidden, objection) : null;
    }

    /// <summary>Somebody signs out: from here on the cookie opens nothing, also where there is a copy of it.</summary>
    public void EndSession(HttpRequest request)
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (_token is { } token && SessionCookie.Read(request) is { } session && token.IsSession(session, now))
        {
            _ended.Add(session, now);
        }
    }

    private async Task AdmitAsync(HttpContext context, Exchange exchange, RequestDelegate next)
    {
        RequestError? refusal = await RefusalAsync(context);
        await (refusal is null ? next(context) : exchange.Fail(refusal));
    }

    /// <summary>A path that no route has is guarded where a management route could be: what there is, is nobody else's business.</summary>
    private static bool IsGuarded(HttpContext context) => context.GetEndpoint() switch
    {
        RouteEndpoint route => route.Metadata.GetMetadata<OpenRoute>() is null,
        _ => ValueRules.IsManagementPath(context.Request.Path.Value ?? ""),
    };

    /// <summary>Whoever sends a token is judged by it, session or not.</summary>
    private bool IsAllowed(HttpRequest request, AdminToken token)
    {
        if (Sent(request.Headers) is { } sent)
        {
            return token.Matches(sent);
        }

        return !request.Headers.ContainsKey(TokenHeader)
            && SessionCookie.Read(request) is { } session && token.IsSession(session, _time.GetUtcNow()) && !_ended.Contains(session)
            && OwnPage.Sent(request);
    }

    /// <summary>The header of its own decides alone, because a proxy may need Authorization for itself.</summary>
    private static string? Sent(IHeaderDictionary headers) => headers[TokenHeader] switch
    {
        [] => CredentialReader.ReadBearer(headers),
        [{ Length: > 0 } token] => token,
        _ => null,
    };

    private void Apply(GatewayOptions options) => _token = options.AdminToken is { } token ? new AdminToken(token) : null;
}
