using Microsoft.Extensions.Primitives;

namespace Gateway.Requests;

/// <summary>
/// Refuses a request whose end is not told in one way that all readers know, whoever it is for: two framings are how a second request is smuggled past
/// whoever believed the other one, and a transfer coding that nobody undoes would reach the upstream as if it were the body.
/// </summary>
internal static class FramingStage
{
    /// <summary>Kestrel believes the chunks and files the length away under this name.</summary>
    private const string DisbelievedLength = "X-Content-Length";

    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        IHeaderDictionary headers = context.Request.Headers;
        if (headers.TransferEncoding.Count == 0)
        {
            return next(context);
        }

        // Kestrel only looks for the chunks at the end of the list: of "gzip, chunked" it would undo the one and drop the other.
        string? wrong = headers.ContainsKey(DisbelievedLength) ? "Content-Length and Transfer-Encoding exclude each other."
            : !IsChunked(headers.TransferEncoding) ? "The only transfer coding taken is 'chunked', once. What is compressed says so in Content-Encoding."
            : null;
        if (wrong is null)
        {
            return next(context);
        }

        // Nothing that follows on this connection can be trusted to be a request.
        context.Response.Headers.Connection = "close";
        return Exchange.Of(context).Fail(new RequestError(Outcome.BodyMalformed, wrong));
    }

    private static bool IsChunked(StringValues codings) => codings is [{ } only] && only.AsSpan().Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase);
}
