using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;
using UpstreamSimulator;

namespace Gateway.Tests.Support;

/// <summary>
/// Calls that wait at the upstream for a word of the test. A nonce that begins with <c>held</c> waits before its (ordinary) answer; one
/// that begins with <c>paused</c> waits in the middle of it, after content of a stream or half of a plain answer.
/// </summary>
internal sealed class HeldCalls
{
    public const string FirstHalf =
        """data: {"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"""
        + "\n\n" + """data: {"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"one"},"finish_reason":null}]}""" + "\n\n";

    public const string SecondHalf =
        """data: {"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\ndata: [DONE]\n\n";

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();

    public HeldCalls(SimulatorHost upstream) => upstream.Respond(AnswerAsync);

    /// <summary>Before the call is sent, so that who releases all releases it too, wherever it is by then.</summary>
    public void Expect(string nonce) => Gate(nonce);

    public void Release(string nonce) => Gate(nonce).TrySetResult();

    /// <summary>The next call with a nonce that was released waits again.</summary>
    public void Hold(string nonce) => _gates.TryRemove(nonce, out _);

    public void ReleaseAll()
    {
        foreach (TaskCompletionSource gate in _gates.Values)
        {
            gate.TrySetResult();
        }
    }

    private TaskCompletionSource Gate(string nonce) =>
        _gates.GetOrAdd(nonce, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private async Task<bool> AnswerAsync(HttpContext context)
    {
        string nonce = context.Request.Headers["x-sim-nonce"].ToString();
        if (nonce.StartsWith("held", StringComparison.Ordinal))
        {
            await Gate(nonce).Task.WaitAsync(context.RequestAborted);
            return false;
        }

        if (!nonce.StartsWith("paused", StringComparison.Ordinal))
        {
            return false;
        }

        bool stream = nonce.StartsWith("paused-stream", StringComparison.Ordinal);
        context.Response.ContentType = stream ? "text/event-stream" : "application/json";
        context.Response.ContentLength = stream ? null : FirstHalf.Length + SecondHalf.Length;
        await WriteAsync(context, FirstHalf);
        await Gate(nonce).Task.WaitAsync(context.RequestAborted);
        context.EndCall();
        await WriteAsync(context, SecondHalf);
        return true;
    }

    private static async Task WriteAsync(HttpContext context, string text)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
