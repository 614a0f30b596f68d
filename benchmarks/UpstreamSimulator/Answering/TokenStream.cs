using UpstreamSimulator.Requests;

namespace UpstreamSimulator.Answering;

/// <summary>Sends a stream at its pace, with its faults.</summary>
internal static class TokenStream
{
    // Without pacing the tokens go out in pieces of this size rather than one by one.
    private const int FlushAt = 16 << 10;

    public static async Task RunAsync(Exchange exchange, StreamShape shape)
    {
        SseWriter sse = new(exchange.Context.Response.BodyWriter, exchange.Fails(FailKind.Truncate) ? exchange.Knobs.FailAfter : long.MaxValue);
        CancellationToken aborted = exchange.Aborted;
        bool early = exchange.Knobs.EarlyHead;
        if (early)
        {
            Start(exchange);
            sse.Write(": simulated\n\n"u8);
            shape.WriteHead(sse);
            await sse.FlushAsync(aborted);
        }

        await exchange.Pacer.WaitFor(0, aborted);
        if (exchange.Fails(FailKind.Hang)) await exchange.HangAsync();
        if (exchange.Fails(FailKind.ResetBeforeHeaders)) throw new Fault(reset: true);
        if (!early)
        {
            Start(exchange);
            shape.WriteHead(sse);
        }

        await ContentAsync(exchange, shape, sse);
        await FinishAsync(exchange, shape, sse);
    }

    private static async Task ContentAsync(Exchange exchange, StreamShape shape, SseWriter sse)
    {
        int tokens = exchange.Tokens;
        long resetAt = exchange.Fails(FailKind.ResetAfter) ? exchange.Knobs.FailAfter : long.MaxValue;
        for (int i = 0; i <= tokens; i++)
        {
            if (i >= resetAt || sse.Exhausted) await FailAsync(exchange, sse);
            TimeSpan wait = exchange.Pacer.Until(i);
            // A timer knows milliseconds only: faster tokens go out together.
            if (wait.TotalMilliseconds >= 1)
            {
                await sse.FlushAsync(exchange.Aborted);
                await Task.Delay(wait, exchange.Time, exchange.Aborted);
            }
            else if (sse.Pending >= FlushAt) await sse.FlushAsync(exchange.Aborted);

            if (i == tokens) break;
            shape.WriteToken(sse, i);
            exchange.Call.AddTokens(1);
        }
    }

    private static async Task FinishAsync(Exchange exchange, StreamShape shape, SseWriter sse)
    {
        bool finishes = !exchange.Fails(FailKind.NoFinish);
        bool ends = finishes && !exchange.Fails(FailKind.NoDone);
        // An aborted call must not count as completed just because nothing was left to wait for.
        exchange.Aborted.ThrowIfCancellationRequested();
        if (finishes) shape.WriteFinish(sse);
        if (ends) shape.WriteDone(sse);
        if (sse.Exhausted) await FailAsync(exchange, sse);
        // Before the last bytes leave: whoever has read them must not find the call still live.
        exchange.Call.End(ends ? CallOutcome.Completed : CallOutcome.Failed);
        await sse.FlushAsync(CancellationToken.None);
    }

    private static async Task FailAsync(Exchange exchange, SseWriter sse)
    {
        exchange.Call.End(CallOutcome.Failed);
        await sse.FlushAsync(CancellationToken.None);
        throw new Fault(reset: !sse.Exhausted);
    }

    private static void Start(Exchange exchange)
    {
        exchange.SetHead(200, "text/event-stream; charset=utf-8");
        exchange.Context.Response.Headers.CacheControl = "no-cache";
    }
}
