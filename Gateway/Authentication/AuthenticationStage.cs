using Gateway.Configuration;
using Gateway.Origins;
using Gateway.Requests;

namespace Gateway.Authentication;

/// <summary>Key -> <see cref="Caller"/>, before a byte of the body is read. OPTIONS needs no key.</summary>
internal sealed class AuthenticationStage
{
    private readonly OptionsSnapshot _options;
    private volatile KeyTable _keys;

    public AuthenticationStage(OptionsSnapshot options)
    {
        _options = options;
        _keys = new KeyTable(options.Current);
        options.Changed += changed => _keys = new KeyTable(changed);
    }

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Exchange exchange = Exchange.Of(context);
        KeyTable keys = _keys;
        bool isWebSocket = exchange.Route!.IsWebSocket;
        Caller? caller = isWebSocket ? keys.Find(context.Request.Headers, exchange.Route.Query) : keys.Find(context.Request.Headers);
        if (caller is null)
        {
            // Whoever has no key gets no slot and no upstream call, and nothing of ours is lent to them.
            return HttpMethods.IsOptions(context.Request.Method)
                ? PathStage.AnswerOptions(context)
                : exchange.Fail(new RequestError(Outcome.Unauthorized));
        }

        if (ReferenceEquals(caller, Caller.Anonymous) && !OriginPolicy.Allows(context.Request, _options.Current))
        {
            return exchange.Fail(new RequestError(Outcome.OriginRefused));
        }

        if (isWebSocket && caller.IsReplaced)
        {
            WebSocketCredential.Remove(context, exchange);
        }

        exchange.Caller = caller;
        exchange.Record.Caller = caller.Name;
        if (!caller.MayUseTier(exchange.Listener.Policy.Priority))
        {
            return exchange.Fail(new RequestError(Outcome.TierNotAllowed));
        }

        if (!caller.MayUseEndpoint(context.Request.Method, exchange.Route.Path))
        {
            return exchange.Fail(new RequestError(Outcome.EndpointNotAllowed, HowToAllow(exchange.Route.Path)));
        }

        return next(context);
    }

    private static string HowToAllow(string path)
    {
        string template = EndpointTemplate.Of(path);
        string entry = template == EndpointTemplate.Other ? "its path" : $"\"{template["/v1".Length..]}\"";
        return $"Ask the operator to add {entry} to client_keys[].endpoints.";
    }
}
