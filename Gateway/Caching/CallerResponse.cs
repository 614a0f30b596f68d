using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gateway.Caching;

/// <summary>A member's own way to its caller: what the server gave it, whatever the later stages of a leader see.</summary>
internal sealed class CallerResponse(IFeatureCollection features, Exchange exchange)
{
    /// <summary>Kestrel takes what comes and grows: a long answer goes in pieces, each when the one before is on its way.</summary>
    private const int MaxUnflushed = 64 * 1024;

    public IHttpResponseFeature Response { get; } = features.GetRequiredFeature<IHttpResponseFeature>();

    public IHttpResponseBodyFeature Body { get; } = features.GetRequiredFeature<IHttpResponseBodyFeature>();

    public IHttpRequestLifetimeFeature Lifetime { get; } = features.GetRequiredFeature<IHttpRequestLifetimeFeature>();

    /// <summary>Gives a kept answer. What fits is sent by the server with the end of the request, in one piece with the head.</summary>
    public static async ValueTask WriteAsync(HttpResponse response, Exchange exchange, CachedAnswer answer)
    {
        IHeaderDictionary headers = response.Headers;
        response.StatusCode = answer.Status;
        Copy(answer.Headers, headers);
        AnswerHeaders.Stamp(headers, exchange);
        headers["X-Cache-Timestamp"] = answer.Timestamp;
        headers.ContentLength = answer.IsStream ? null : answer.Body.Length;
        exchange.Record.Outcome = Outcome.Relayed;
        exchange.Record.ResponseBytes = answer.Body.Length;
        PipeWriter writer = response.BodyWriter;
        if (answer.Body.Length <= MaxUnflushed)
        {
            writer.Write(answer.Body);
            if (answer.IsStream)
            {
                // Left to the server it would get a length.
                await writer.FlushAsync(CancellationToken.None);
            }

            return;
        }

        for (int at = 0; at < answer.Body.Length; at += MaxUnflushed)
        {
            writer.Write(answer.Body.AsSpan(at, Math.Min(MaxUnflushed, answer.Body.Length - at)));
            if ((await writer.FlushAsync(CancellationToken.None)).IsCompleted)
            {
                await exchange.Fail(new RequestError(Outcome.CallerGone));
                return;
            }
        }
    }

    /// <summary>
    /// Serves a member until the flight's end, or its caller's: then the end is <see cref="FlightEnd.None"/>. A caller that has every byte it was
    /// promised may close its connection before the flight has landed, and many do; it has not left early.
    /// </summary>
    public async Task<FlightEnd> ServeAsync(Flight flight, FlightMember member, bool isLeader)
    {
        bool hasHead = false, isSent = true, hasAll = false;
        int unflushed = 0;
        while (hasAll || !Lifetime.RequestAborted.IsCancellationRequested)
        {
            FlightView view = flight.Look(member);
            if (view.Head is not null && !hasHead)
            {
                (hasHead, isSent) = (true, false);
                Begin(view.Head, isLeader);
            }

            Body.Writer.Write(view.Piece.Span);
            unflushed += view.Piece.Length;
            if (!isLeader)
            {
                exchange.Record.ResponseBytes += view.Piece.Length;
            }

            isSent &= view.Piece.IsEmpty;
            if (view.End == FlightEnd.Landed)
            {
                // The server sends by itself only what was written before the answer began: that, in one piece with the head.
                if (unflushed > 0 && Response.HasStarted)
                {
                    await Body.Writer.FlushAsync(CancellationToken.None);
                }

                return FlightEnd.Landed;
            }

            if (!isSent && (unflushed >= MaxUnflushed || view.Piece.IsEmpty))
            {
                (isSent, unflushed) = (true, 0);
                hasAll = Response.Headers.ContentLength == member.Position;
                if ((await Body.Writer.FlushAsync(CancellationToken.None)).IsCompleted && !hasAll)
                {
                    return FlightEnd.None;
                }
            }

            if (view.End != FlightEnd.None)
            {
                return view.End;
            }

            if (view.Changed is { } changed)
            {
                await changed.WaitAsync(hasAll ? CancellationToken.None : Lifetime.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return FlightEnd.None;
    }

    private void Begin(FlightHead head, bool isLeader)
    {
        Response.StatusCode = head.Status;
        Copy(isLeader ? head.Headers : head.Shared, Response.Headers);
        if (!isLeader)
        {
            Response.Headers.ContentLength = long.TryParse(head.Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length : null;
            AnswerHeaders.Stamp(Response.Headers, exchange);
        }
    }

    private static void Copy(IReadOnlyList<KeyValuePair<string, StringValues>> from, IHeaderDictionary to)
    {
        for (int i = 0; i < from.Count; i++)
        {
            to[from[i].Key] = from[i].Value;
        }
    }
}
