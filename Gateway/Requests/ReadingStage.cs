using Gateway.Configuration;
using Microsoft.Extensions.Primitives;

namespace Gateway.Requests;

/// <summary>Body -> <see cref="ApiRequest"/>: whole, bounded, ready to be sent more than once. The body lives until the later stages are done.</summary>
internal sealed class ReadingStage(OptionsSnapshot options, SegmentPool segments, TimeProvider time)
{
    /// <summary>English text has about four bytes a token; a guess until the exact count is needed.</summary>
    private const int BytesPerToken = 4;

    private readonly BodyReader _reader = new(segments, time);
    private volatile MemberNames _names = new(options.Current);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Exchange exchange = Exchange.Of(context);
        ApiRoute route = exchange.Route!;
        GatewayOptions current = options.Current;
        bool isEncoded = IsEncoded(context.Request.Headers.ContentEncoding);

        // Of these the tokens count, whatever their bodies are called: some upstreams ask for no name.
        bool isKnown = ApiOperations.Of(route.Path) != ApiOperation.Other;
        bool isJson = MediaTypes.IsJson(context.Request.ContentType) && (!isEncoded || isKnown);
        bool isRead = isJson || isKnown;
        if (isRead && isEncoded)
        {
            context.Response.Headers.Connection = "close";
            await exchange.Fail(new RequestError(Outcome.BodyEncoded));
            return;
        }

        (RequestBody? body, RequestError? error) = await _reader.ReadAsync(context.Request, isRead, current.Limits);
        if (body is null)
        {
            // What is left of the body is not worth reading: the connection ends with the answer.
            context.Response.Headers.Connection = "close";
            await exchange.Fail(error!);
            return;
        }

        await using (body)
        {
            (RequestFacts facts, RequestError? malformed) = FormModel.IsWanted(exchange, context.Request.ContentType, current)
                ? await FormModel.ReadAsync(body, context.Request.ContentType!, isStrict: exchange.Caller.Models is not null)
                : ReadFacts(context.Request.ContentType, body, isJson, isKnown, current);
            if (malformed is not null)
            {
                await exchange.Fail(malformed);
                return;
            }

            if (route.IsWebSocket && WebSocketUpgrade.TryRead(route.Query, out facts) is { } ambiguous)
            {
                await exchange.Fail(ambiguous);
                return;
            }

            string? inPath = ModelPath.Of(context.Request.Method, route.Path);
            facts = inPath is null ? facts : facts with { Model = inPath, ModelField = null };
            bool hasWork = body.Length > 0 || route.IsWebSocket || inPath is not null;
            if (hasWork && !exchange.Caller.MayUseModel(facts.Model))
            {
                await exchange.Fail(new RequestError(
                    Outcome.ModelNotAllowed, facts.Model is null ? "The request names none." : "This is none of them.", "model"));
                return;
            }

            exchange.Request = new ApiRequest(route.Path, route.Query, body, facts)
            {
                IsStored = !route.IsWebSocket && StoredPath.Covers(context.Request.Method, route.Path),
            };
            exchange.Record.RequestBytes = body.Length;
            exchange.Record.Model = facts.Model ?? await FormModel.GlanceAsync(body, context.Request.ContentType);
            exchange.Record.IsStream = facts.IsStream;
            exchange.Record.Tools = facts.Tools;
            exchange.Record.ToolTypes = facts.ToolTypes;
            exchange.Record.EstimatedInputTokens = isRead ? body.Length / BytesPerToken : 0;
            await next(context);
        }
    }

    /// <summary>In any of its lines, and by any name in them.</summary>
    private static bool IsEncoded(in StringValues encodings)
    {
        foreach (string? line in encodings)
        {
            foreach (Range name in line.AsSpan().Split(','))
            {
                ReadOnlySpan<char> encoding = line.AsSpan(name).Trim();
                if (!encoding.IsEmpty && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private (RequestFacts Facts, RequestError? Error) ReadFacts(string? contentType, RequestBody body, bool isJson, bool isKnown, GatewayOptions current)
    {
        bool isForm = !isKnown && contentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true;
        if (body.Length == 0 || !(isJson || (!isForm && LooksLikeJson(body))))
        {
            return (RequestFacts.None, null);
        }

        RequestError? malformed = RequestScan.TryRead(body.AsSequence(), out RequestFacts facts, TraceOf(current));

        // What need not be JSON as we know it, and is none, is sent as it came: nothing in it may be edited, and nothing read of it counts.
        bool isRefused = malformed is not null && ((isJson && isKnown) || malformed.IsAmbiguous);
        return malformed is null ? (facts, null) : (RequestFacts.None, isRefused ? malformed : null);
    }

    private MemberTrace? TraceOf(GatewayOptions current)
    {
        if (!ReferenceEquals(_names.Options, current))
        {
            _names = new MemberNames(current);
        }

        MemberNames names = _names;
        return names.All.Count == 0 ? null : new MemberTrace(names);
    }

    /// <summary>
    /// Servers often take JSON under any name (curl's own is a form's), and then the model in it counts: it must not be served by an
    /// instance that does not list it.
    /// </summary>
    private static bool LooksLikeJson(RequestBody body)
    {
        if (body.IsSpilled)
        {
            return false;
        }

        foreach (ReadOnlyMemory<byte> part in body.AsSequence())
        {
            if (part.Span.TrimStart(" \t\r\n"u8) is [var first, ..])
            {
                return first == (byte)'{';
            }
        }

        return false;
    }
}
