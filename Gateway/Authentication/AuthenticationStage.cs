using Gateway.Configuration;
using Gateway.Requests;

namespace Gateway.Authentication;

/// <summary>Key -> <see cref="Caller"/>, before a byte of the body is read. OPTIONS needs no key.</summary>
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
            return HttpMethods.IsOptions(context.Request.Method)
                ? AnswerOptions(context, exchange)
                : exchange.Fail(new RequestError(Outcome.Unauthorized));
        }

        exchange.Caller = caller;
        exchange.Record.Caller = caller.Name;
        return next(context);
    }

    /// <summary>Answered here: whoever has no key gets no slot and no upstream call, and nothing of ours is lent to them.</summary>
    private static Task AnswerOptions(HttpContext context, Exchange exchange)
    {
        exchange.Record.Outcome = Outcome.Answered;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.Allow = PathStage.AllowedMethods;
        AnswerHeaders.Secure(context.Response.Headers);
        return Task.CompletedTask;
    }
}
