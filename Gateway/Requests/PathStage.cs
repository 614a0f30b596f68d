namespace Gateway.Requests;

/// <summary>Refuses targets that are no path below the API's root.</summary>
internal static class PathStage
{
    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Exchange exchange = Exchange.Of(context);
        return exchange.Route is null ? exchange.Fail(new RequestError(Outcome.PathRefused)) : next(context);
    }
}
