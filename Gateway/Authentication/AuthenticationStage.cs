using Gateway.Configuration;
using Gateway.Requests;

namespace Gateway.Authentication;

/// <summary>Key -> <see cref="Caller"/>, before a byte of the body is read. Preflight requests (OPTIONS) need no key.</summary>
internal sealed class AuthenticationStage
{
    private volatile KeyTable _keys;

    public AuthenticationStage(OptionsSnapshot options)
    {
        _keys = new KeyTable(options.Current);
        options.Changed += changed => _keys = new KeyTable(changed);
    }

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Exchange exchange = Exchange.Of(context);
        KeyTable keys = _keys;
        Caller? caller = keys.Find(context.Request.Headers);
        if (caller is null)
        {
            if (!HttpMethods.IsOptions(context.Request.Method))
            {
                return exchange.Fail(new RequestError(Outcome.Unauthorized));
            }

            // Without a key nothing of the caller's identity may pass, and nothing of ours is lent.
            caller = Caller.Anonymous with { UpstreamKey = "" };
        }

        exchange.Caller = caller;
        exchange.Record.Caller = caller.Name;
        return next(context);
    }
}
