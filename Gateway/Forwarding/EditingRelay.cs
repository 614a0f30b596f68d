using System.Buffers;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>
/// Passes a plain JSON answer on with its edits. A short one is edited whole first, so that the caller gets its length; a long one goes
/// on in pieces, without.
/// </summary>
internal sealed class EditingRelay(HttpContext context, Exchange exchange, Attempt attempt, AttemptClock clock, AnswerTally tally)
{
    private const int ReadSize = 16 * 1024;
    private const int MaxWhole = 64 * 1024;

    public async Task<RelayEnd> RunAsync(HttpResponseMessage answer, Stream body, AnswerEditor editor)
    {
        long? promised = answer.Content.Headers.ContentLength;
        ArrayBufferWriter<byte>? whole = promised <= MaxWhole ? new ArrayBufferWriter<byte>((int)promised + 256) : null;
        context.Response.ContentLength = null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
        try
        {
            var caller = new CallerFlush(context, clock, attempt.CancellationToken);
            long came = 0;
            int read;
            while ((read = await body.ReadAsync(buffer, attempt.CancellationToken)) > 0)
            {
                clock.Active();
                exchange.Record.FirstContent ??= clock.SinceArrival;
                came += read;
                tally.AddBody(buffer.AsSpan(0, read));
                exchange.Record.ResponseBytes += editor.Edit(buffer.AsSpan(0, read), (IBufferWriter<byte>?)whole ?? caller.Writer);
                if (whole is null && !await caller.TryFlushAsync())
                {
                    return RelayEnd.CallerGone;
                }
            }

            if (promised is { } length && length != came)
            {
                throw new HttpIOException(HttpRequestError.ResponseEnded, "The answer is shorter than its Content-Length.");
            }

            tally.IsWhole = true;
            return whole is null || await SendAsync(whole, caller) ? RelayEnd.Complete : RelayEnd.CallerGone;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private ValueTask<bool> SendAsync(ArrayBufferWriter<byte> whole, CallerFlush caller)
    {
        context.Response.ContentLength = whole.WrittenCount;
        caller.Writer.Write(whole.WrittenSpan);
        return caller.TryFlushAsync();
    }
}
