using System.Net;
using System.Text;
using System.Threading.Channels;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Event streams pass byte for byte and at once (wire conventions 18 to 22).</summary>
public class StreamBytesTests
{
    private const string Content = """data: {"choices":[{"index":0,"delta":{"content":"grüße 😀"},"finish_reason":null}]}""";

    private static readonly Dictionary<string, string> Streams = new()
    {
        ["comments"] = $": keep-alive\n\n:\n\n{Content}\n\n: OPENROUTER PROCESSING\n\ndata: [DONE]\n\n",
        ["crlf"] = $"{Content}\r\n\r\ndata: [DONE]\r\n\r\n",
        ["cr"] = $"{Content}\r\rdata: [DONE]\r\r",
        ["mixed"] = $": a\r\n\n{Content}\n\r\ndata: [DONE]\r\n\r\n",
        ["fields"] = $"event: message\nid: 1\nretry: 3000\n{Content}\n\nevent: x\ndata: {{\ndata: \"a\":1}}\n\nunknown: y\n\ndata: [DONE]\n\n",
        ["bom"] = $"\uFEFF{Content}\n\ndata: [DONE]\n\n",
        ["no-last-newline"] = $"{Content}\n\ndata: [DONE]",
        ["one-last-newline"] = $"{Content}\n\ndata: [DONE]\n",
        ["no-space"] = $"data:{Content["data: ".Length..]}\n\ndata:[DONE]\n\n",
        ["extra-lines"] = $"\n\n\n{Content}\n\n\n\ndata: [DONE]\n\n\n\n",
        ["azure"] = "data: {\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}]}\n\n" + $"{Content}\n\ndata: [DONE]\n\n",
        ["usage"] = $"{Content}\n\n" + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
        ["responses"] = "event: response.created\ndata: {\"type\":\"response.created\"}\n\nevent: response.output_text.delta\n"
            + "data: {\"type\":\"response.output_text.delta\",\"delta\":\"x\"}\n\nevent: response.completed\ndata: {\"type\":\"response.completed\"}\n\n",
        ["after-done"] = $"{Content}\n\ndata: [DONE]\n\n: bye\n\n",
        ["large"] = $"data: {{\"choices\":[{{\"delta\":{{\"content\":\"{new string('ü', 1 << 20)}\"}}}}]}}\n\ndata: [DONE]\n\n",
        ["medium"] = $"data: {{\"choices\":[{{\"delta\":{{\"content\":\"{new string('x', 30_000)}\"}}}}]}}\n\n: c\n\ndata: [DONE]\n\n",
        ["not-json"] = "data: <html>\n\ndata: [DONE]\n\n",
    };

    public static TheoryData<string, int, int> Cases()
    {
        var data = new TheoryData<string, int, int>();
        foreach (string name in Streams.Keys)
        {
            foreach (int piece in Streams[name].Length > 1000 ? (int[])[int.MaxValue, 65_521, 4_095] : [int.MaxValue, 1, 7])
            {
                data.Add(name, piece, Rig.Urgent);
                data.Add(name, piece, Rig.Batch);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("req", "P8")]
    public async Task Stream_OddButValid_PassesByteForByte(string name, int piece, int tier)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Streams[name]);
        await using Rig rig = await Rig.StartAsync();
        rig.Upstream.Respond(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (int at = 0; at < bytes.Length; at += Math.Min(piece, bytes.Length - at))
            {
                await context.Response.Body.WriteAsync(bytes.AsMemory(at, Math.Min(piece, bytes.Length - at)));
                await context.Response.Body.FlushAsync();
            }

            return true;
        });
        string path = name == "responses" ? "/v1/responses" : "/v1/chat/completions";

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(tier, HttpMethod.Post, path, Rig.Json(Rig.ChatBody(tier, stream: true)))).Soon();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Null(answer.Content.Headers.ContentLength);
        byte[] received = await answer.BytesAsync();
        Assert.True(bytes.AsSpan().SequenceEqual(received));
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Batch)]
    [Trait("req", "P8")]
    public async Task Stream_EachEvent_ReachesTheCallerBeforeTheNextIsWritten(int tier)
    {
        const int Events = 20;
        Channel<int> next = Channel.CreateUnbounded<int>();
        await using Rig rig = await Rig.StartAsync();
        rig.Upstream.Respond(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await foreach (int number in next.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync($"data: {{\"choices\":[{{\"delta\":{{\"content\":\"{number}\"}}}}]}}\n\n", context.RequestAborted);
            }

            await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
            return true;
        });

        await next.Writer.WriteAsync(0, Rig.Cancel);
        HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            tier, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(tier, stream: true)))).Soon();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Rig.Cancel));
        for (int i = 0; i < Events; i++)
        {
            Assert.Contains($"\"{i}\"", await reader.ReadLineAsync(Rig.Cancel).AsTask().Soon(), StringComparison.Ordinal);
            Assert.Equal("", await reader.ReadLineAsync(Rig.Cancel).AsTask().Soon());
            await (i + 1 < Events ? next.Writer.WriteAsync(i + 1, Rig.Cancel).AsTask() : Task.Run(() => next.Writer.Complete(), Rig.Cancel));
        }

        Assert.Equal("data: [DONE]\n\n", await reader.ReadToEndAsync(Rig.Cancel).Soon());
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("req", "P7")]
    public async Task Head_OnATierNobodyMayInterrupt_ComesBeforeAnyContent()
    {
        await using Rig rig = await Rig.StartAsync();
        using var leave = new CancellationTokenSource();

        HttpResponseMessage answer = await rig.ChatAsync(
            Rig.Urgent, "n", stream: true, knobs: ["fail=hang", "early-head=1"], leave: leave.Token).Soon();

        Assert.Equal("no-cache", answer.Header("Cache-Control"));
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(leave.Token));
        Assert.Equal(": simulated", await reader.ReadLineAsync(leave.Token).AsTask().Soon());
        await leave.CancelAsync();
        answer.Dispose();
        await rig.AssertQuietAndBilledAsync(1, 1);
    }

    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Batch)]
    [Trait("req", "P8")]
    [Trait("row", "H4")]
    public async Task SlowReader_EndlessStream_StopsTheUpstreamInsteadOfFillingMemory(int tier)
    {
        const long Endless = 256L << 20;
        long written = 0;
        await using Rig rig = await Rig.StartAsync(2);
        rig.Upstream.Respond(async context =>
        {
            if (context.Request.Headers["x-test"] != "endless")
            {
                return false;
            }

            byte[] chunk = Encoding.UTF8.GetBytes($"data: {{\"choices\":[{{\"delta\":{{\"content\":\"{new string('x', 8000)}\"}}}}]}}\n\n");
            context.Response.ContentType = "text/event-stream";
            while (Interlocked.Read(ref written) < Endless)
            {
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
                Interlocked.Add(ref written, chunk.Length);
            }

            return true;
        });
        using HttpResponseMessage slow = await rig.SendAsync(rig.Request(
            tier, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(tier, stream: true)), "x-test: endless")).Soon();

        // Other calls are the clock: the upstream stands still when none of several saw it write.
        int others = 0;
        for (int still = 0; still < 20; others++)
        {
            long before = Interlocked.Read(ref written);
            using HttpResponseMessage other = await rig.ChatAsync(tier, $"other-{others}").Soon();
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
            still = Interlocked.Read(ref written) == before ? still + 1 : 0;
        }

        Assert.InRange(Interlocked.Read(ref written), 1, 32L << 20);
        slow.Dispose();
        await rig.AssertQuietAsync(others + 1, 2);
    }
}
