namespace Gateway.Requests;

/// <summary>Refuses targets that are no path below the API's root, and the two methods that are not for us to forward.</summary>
internal static class PathStage
{
    /// <summary>What every route of the API takes, for an Allow header. Other methods that exist or may come are forwarded too.</summary>
    public const string AllowedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Exchange exchange = Exchange.Of(context);
        if (exchange.Route is null)
        {
            return exchange.Fail(new RequestError(Outcome.PathRefused));
        }

        if (HttpMethods.IsTrace(context.Request.Method) || HttpMethods.IsConnect(context.Request.Method))
        {
            // TRACE asks the upstream to send back what it got, and that is our key.
            context.Response.Headers.Allow = AllowedMethods;
            return exchange.Fail(new RequestError(Outcome.MethodNotAllowed));
        }

        return next(context);
    }

    /// <summary>Answers OPTIONS in the place of an upstream: which methods there are.</summary>
    public static Task AnswerOptions(HttpContext context)
    {
        Exchange.Of(context).Record.Outcome = Outcome.Answered;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.Allow = AllowedMethods;
        AnswerHeaders.Secure(context.Response.Headers);
        return Task.CompletedTask;
    }
}
