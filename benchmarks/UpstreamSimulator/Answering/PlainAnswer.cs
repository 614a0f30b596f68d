using System.Buffers;
using System.Text.Json;
using UpstreamSimulator.Requests;

namespace UpstreamSimulator.Answering;

/// <summary>An answer in one piece: the time of the whole generation first, then the bytes.</summary>
internal static class PlainAnswer
{
    public const string Json = "application/json";

    /// <summary>Builds a JSON body.</summary>
    public static ReadOnlyMemory<byte> Build(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Waits as long as generating <paramref name="tokens"/> takes, then sends.</summary>
    public static async Task GenerateAsync(Exchange exchange, int tokens, string contentType, ReadOnlyMemory<byte> body)
    {
        bool resets = exchange.Fails(FailKind.ResetAfter);
        int until = resets ? (int)Math.Min(exchange.Knobs.FailAfter, tokens) : tokens;
        try
        {
            if (exchange.Fails(FailKind.Hang)) await exchange.HangAsync();
            await exchange.Pacer.WaitFor(exchange.Fails(FailKind.ResetBeforeHeaders) ? 0 : until, exchange.Aborted);
        }
        catch (OperationCanceledException)
        {
            // What a provider would bill: the work done until it noticed.
            exchange.Call.AddTokens(Math.Min(tokens, exchange.Pacer.TokensByNow()));
            throw;
        }

        if (exchange.Fails(FailKind.ResetBeforeHeaders)) throw new Fault(reset: true);
        exchange.Call.AddTokens(until);
        if (resets) throw new Fault(reset: true);
        await SendAsync(exchange, 200, contentType, body);
    }

    /// <summary>Sends at once.</summary>
    public static async Task SendAsync(Exchange exchange, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        bool truncates = exchange.Fails(FailKind.Truncate) && exchange.Knobs.FailAfter < body.Length;
        exchange.SetHead(status, contentType);
        if (status is not (204 or 304)) exchange.Context.Response.ContentLength = body.Length;
        // Before the bytes: whoever has read them must not find the call still live.
        exchange.Call.End(truncates ? CallOutcome.Failed : status >= 400 ? CallOutcome.Refused : CallOutcome.Completed);
        await exchange.Context.Response.BodyWriter.WriteAsync(truncates ? body[..(int)exchange.Knobs.FailAfter] : body, CancellationToken.None);
        if (truncates) throw new Fault(reset: false);
    }
}
