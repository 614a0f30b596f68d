using Microsoft.AspNetCore.Http;
using UpstreamSimulator;

namespace Gateway.Tests.Support;

/// <summary>An upstream's event stream that sends its first content, and its end only when a test says so.</summary>
internal sealed class HeldStream
{
    public const string FirstEvent = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n";
    public const string LastEvents = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HeldStream(SimulatorHost upstream) => upstream.Respond(AnswerAsync);

    public void End() => _end.TrySetResult();

    /// <summary>Reads from the stream until what came holds the text.</summary>
    public static async Task<string> ReadUntilAsync(Stream stream, string text, CancellationToken cancel)
    {
        string read = "";
        byte[] buffer = new byte[4096];
        while (!read.Contains(text, StringComparison.Ordinal))
        {
            int count = await stream.ReadAsync(buffer, cancel).AsTask().WaitAsync(StageFixture.Guard, cancel);
            if (count == 0)
            {
                throw new EndOfStreamException($"ended after: {read}");
            }

            read += System.Text.Encoding.UTF8.GetString(buffer, 0, count);
        }

        return read;
    }

    private async Task<bool> AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(FirstEvent, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await _end.Task.WaitAsync(context.RequestAborted);
        context.EndCall();
        await context.Response.WriteAsync(LastEvents, context.RequestAborted);
        return true;
    }
}
