using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>
/// Passes one upstream answer to the caller. The attempt commits before the first byte: with its head, or, for an event stream that may
/// still be interrupted, with its first content.
/// </summary>
internal sealed class ResponseRelay(HttpContext context, Exchange exchange, Attempt attempt, AttemptClock clock, AnswerEdits? edits, AnswerTally tally)
{
    /// <summary>Kestrel's own block: asking for more takes the memory from a slower pool.</summary>
    private const int SmallRead = 4096;
    private const int LargeRead = 64 * 1024;

    public Task<RelayEnd> RunAsync(HttpResponseMessage answer, Stream body)
    {
        if (AnswerHead.IsEventStream(answer))
        {
            AnswerEdits? due = answer.IsSuccessStatusCode ? edits : null;
            AnswerEditor? editor = due is { EditsValues: true } ? new AnswerEditor(due, isEventStream: true) : null;
            return new SseRelay(context, exchange, attempt, clock, tally, editor, hidesUsage: due is { HidesUsage: true }).RunAsync(answer, body);
        }

        if (!attempt.TryCommit())
        {
            return Task.FromResult(RelayEnd.Revoked);
        }

        AnswerHead.Copy(answer, context.Response, exchange);
        if (!HasBody(answer))
        {
            return Task.FromResult(RelayEnd.Complete);
        }

        return edits is { EditsValues: true } && AnswerHead.IsJson(answer) && answer.IsSuccessStatusCode
            ? new EditingRelay(context, exchange, attempt, clock, tally).RunAsync(answer, body, new AnswerEditor(edits, isEventStream: false))
            : CopyAsync(answer, body);
    }

    private async Task<RelayEnd> CopyAsync(HttpResponseMessage answer, Stream body)
    {
        var caller = new CallerFlush(context, clock, attempt.CancellationToken);
        long? promised = answer.Content.Headers.ContentLength;
        int size = SmallRead;

        // What was promised and has come needs no last, empty read. Over HTTP/2 it does: the end comes in a frame that may come later, and a stream
        // that is left before is reset.
        while (answer.Version.Major > 1 || exchange.Record.ResponseBytes != promised)
        {
            Memory<byte> memory = caller.Writer.GetMemory(size);
            int read = await body.ReadAsync(memory, attempt.CancellationToken);
            if (read == 0)
            {
                break;
            }

            clock.Active();
            exchange.Record.FirstContent ??= clock.SinceArrival;
            tally.AddBody(memory.Span[..read]);
            exchange.Record.ResponseBytes += read;
            caller.Writer.Advance(read);
            if (!await caller.TryFlushAsync())
            {
                return RelayEnd.CallerGone;
            }

            size = read >= size ? LargeRead : SmallRead;
        }

        if (promised is not null && promised != exchange.Record.ResponseBytes)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, "The answer is shorter than its Content-Length.");
        }

        tally.IsWhole = true;
        return RelayEnd.Complete;
    }

    private bool HasBody(HttpResponseMessage answer) =>
        !HttpMethods.IsHead(context.Request.Method) && (int)answer.StatusCode is not (204 or 205 or 304);
}
