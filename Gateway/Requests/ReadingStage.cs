using Gateway.Configuration;

namespace Gateway.Requests;

/// <summary>Body -> <see cref="ApiRequest"/>: whole, bounded, ready to be sent more than once. The body lives until the later stages are done.</summary>
internal sealed class ReadingStage(OptionsSnapshot options, SegmentPool segments)
{
    /// <summary>English text has about four bytes a token; a guess until the exact count is needed.</summary>
    private const int BytesPerToken = 4;

    private readonly BodyReader _reader = new(segments);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Exchange exchange = Exchange.Of(context);
        if (HasTwoLengths(context.Request.Headers))
        {
            context.Response.Headers.Connection = "close";
            await exchange.Fail(new RequestError(Outcome.BodyMalformed, "Content-Length and Transfer-Encoding exclude each other."));
            return;
        }

        GatewayOptions current = options.Current;
        bool isJson = IsJson(context.Request.ContentType);
        if (isJson && context.Request.Headers.ContentEncoding is [not "identity", ..])
        {
            context.Response.Headers.Connection = "close";
            await exchange.Fail(new RequestError(Outcome.BodyEncoded));
            return;
        }

        (RequestBody? body, RequestError? error) = await _reader.ReadAsync(context.Request, isJson, current.Limits, context.RequestAborted);
        if (body is null)
        {
            // What is left of the body is not worth reading: the connection ends with the answer.
            context.Response.Headers.Connection = "close";
            await exchange.Fail(error!);
            return;
        }

        await using (body)
        {
            RequestFacts facts = RequestFacts.None;
            if ((isJson || LooksLikeJson(context.Request.ContentType, body))
                && body.Length > 0 && RequestScan.TryRead(body.AsSequence(), out facts) is { } malformed && isJson)
            {
                await exchange.Fail(malformed);
                return;
            }

            if (exchange.Route!.IsWebSocket && WebSocketUpgrade.TryRead(exchange.Route.Query, out facts) is { } ambiguous)
            {
                await exchange.Fail(ambiguous);
                return;
            }

            exchange.Request = new ApiRequest(exchange.Route.Path, exchange.Route.Query, body, facts);
            exchange.Record.RequestBytes = body.Length;
            exchange.Record.Model = facts.Model;
            exchange.Record.IsStream = facts.IsStream;
            exchange.Record.Tools = facts.Tools;
            exchange.Record.EstimatedInputTokens = isJson ? body.Length / BytesPerToken : 0;
            await next(context);
        }
    }

    /// <summary>
    /// Two framings in one request are how a second request is smuggled past whoever believed the other one. Kestrel believes the chunks
    /// and files the length away under this name.
    /// </summary>
    private static bool HasTwoLengths(IHeaderDictionary headers) =>
        headers.TransferEncoding.Count > 0 && headers.ContainsKey("X-Content-Length");

    /// <summary>
    /// Servers often take JSON under any name (curl's own is a form's), and then the model in it counts: it must not be served by an
    /// instance that does not list it.
    /// </summary>
    private static bool LooksLikeJson(string? contentType, RequestBody body) =>
        !body.IsSpilled
        && contentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) != true
        && !body.AsSequence().IsEmpty
        && body.AsSequence().FirstSpan.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];

    private static bool IsJson(string? contentType) =>
        contentType is not null
        && (contentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase)
            || contentType.Contains("+json", StringComparison.OrdinalIgnoreCase));
}
