namespace Gateway.Requests;

/// <summary>
/// Refuses a request with two framings, whoever it is for: they are how a second request is smuggled past whoever believed the other one.
/// </summary>
internal static class FramingStage
{
    /// <summary>Kestrel believes the chunks and files the length away under this name.</summary>
    private const string DisbelievedLength = "X-Content-Length";

    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        IHeaderDictionary headers = context.Request.Headers;
        if (headers.TransferEncoding.Count == 0 || !headers.ContainsKey(DisbelievedLength))
        {
            return next(context);
        }

        // Nothing that follows on this connection can be trusted to be a request.
        context.Response.Headers.Connection = "close";
        return Exchange.Of(context).Fail(new RequestError(Outcome.BodyMalformed, "Content-Length and Transfer-Encoding exclude each other."));
    }
}
