using Gateway.Configuration;
using Gateway.Origins;
using Gateway.Requests;
using Microsoft.AspNetCore.Connections.Features;

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
        Caller? caller = isWebSocket ? keys.Find(context.Request.Headers, exchange.Route.Query) : Find(context, keys);
        if (caller is null)
        {
            // Whoever has no key gets no slot and no upstream call, and nothing of ours is lent to them.
            return HttpMethods.IsOptions(context.Request.Method)
                ? PathStage.AnswerOptions(context)
                : exchange.Fail(new RequestError(Outcome.Unauthorized));
        }

        if (ReferenceEquals(caller, Caller.Anonymous) && OriginPolicy.Objection(context.Request, _options.Current) is { } objection)
        {
            return exchange.Fail(new RequestError(Outcome.OriginRefused, objection));
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

    /// <summary>
    /// A header that a connection repeats comes from the server as the very string it was before: whose key that is, is known then without
    /// a comparison, and without the digest that a lookup takes.
    /// </summary>
    private static Caller? Find(HttpContext context, KeyTable keys)
    {
        IHeaderDictionary headers = context.Request.Headers;
        if (!keys.IsRequired
            || CredentialReader.OnlyHeader(headers) is not { } header
            || context.Features.Get<IConnectionItemsFeature>() is not { Items: var items })
        {
            return keys.Find(headers);
        }

        if (items.TryGetValue(typeof(Seen), out object? last) && last is Seen seen && seen.Is(header, keys))
        {
            return seen.Caller;
        }

        Caller? caller = keys.Find(headers);
        if (caller is not null)
        {
            items[typeof(Seen)] = new Seen(header, keys, caller);
        }

        return caller;
    }

    private static string HowToAllow(string path)
    {
        string template = EndpointTemplate.Of(path);
        string entry = template == EndpointTemplate.Other ? "its path" : $"\"{template["/v1".Length..]}\"";
        return $"Ask the operator to add {entry} to client_keys[].endpoints.";
    }

    /// <summary>What a connection showed last that was good. No record: its text would hold the key.</summary>
    /// <param name="header">The string itself, not its text.</param>
    /// <param name="keys">By which: a reload makes another table.</param>
    /// <param name="caller">Whose it is.</param>
    private sealed class Seen(string header, KeyTable keys, Caller caller)
    {
        public Caller Caller => caller;

        public bool Is(string shown, KeyTable present) => ReferenceEquals(header, shown) && ReferenceEquals(keys, present);
    }
}
