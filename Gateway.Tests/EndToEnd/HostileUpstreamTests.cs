using System.IO.Compression;
using System.Net;
using System.Text;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>An upstream that sends too much, or nonsense, costs a bounded amount of memory and ends in a clear failure.</summary>
[Collection(Alone.Name)]
[Trait("row", "U11")]
public class HostileUpstreamTests
{
    /// <summary>Of all three sides together, and the runtime's own moods.</summary>
    private const double MaxGrowthMiB = 48;

    private const long Endless = 256L << 20;

    [Theory]
    [InlineData(Rig.Urgent, true)]
    [InlineData(Rig.Batch, false)]
    public async Task Headers_OfAMegabyte_502(int tier, bool oneLine)
    {
        string headers = oneLine
            ? $"X-Long: {new string('x', 1 << 20)}\r\n"
            : string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"X-Many-{i}: {new string('y', 40)}\r\n"));
        await using RawUpstream upstream = RawUpstream.Start($"HTTP/1.1 200 OK\r\n{headers}Content-Length: 2\r\n\r\n{{}}");
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage answer = await rig.ChatAsync(tier, "n").Soon();

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("upstream_invalid", (await answer.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(Outcome.UpstreamInvalid, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
    }

    [Theory]
    [InlineData("application/json", "", Rig.Batch)]
    [InlineData("text/event-stream", "data: ", Rig.Batch)]
    [InlineData("text/event-stream", "data: ", Rig.Urgent)]
    [InlineData("text/event-stream", ": ", Rig.Batch)]
    public async Task Answer_WithoutEndOrNewline_PassesInBoundedMemory(string type, string begin, int tier)
    {
        await using Rig rig = await Rig.StartAsync();
        var meter = new MemoryMeter();
        rig.Upstream.Respond(async context =>
        {
            context.Response.ContentType = type;
            await context.Response.WriteAsync(begin, context.RequestAborted);
            byte[] piece = new byte[64 << 10];
            Array.Fill(piece, (byte)'a');
            for (long sent = 0; sent < Endless; sent += piece.Length)
            {
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }

            context.Abort();
            return true;
        });

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            tier, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(tier, stream: true)))).Soon();
        long received = 0;
        await using Stream body = await answer.Content.ReadAsStreamAsync(Rig.Cancel);
        byte[] buffer = new byte[128 << 10];
        Exception? broken = await Record.ExceptionAsync(async () =>
        {
            while (await body.ReadAsync(buffer, Rig.Cancel).AsTask().Soon() is > 0 and int read)
            {
                received += read;
                meter.Look();
            }
        });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(broken is IOException or HttpRequestException, $"{broken}");
        Assert.InRange(received, Endless / 2, Endless + begin.Length);
        TestContext.Current.TestOutputHelper?.WriteLine($"grown by {meter.MostMiB:f1} MiB");
        Assert.InRange(meter.MostMiB, 0, MaxGrowthMiB);
        Assert.Equal(Outcome.UpstreamCut, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/event-stream")]
    [Trait("row", "H4")]
    public async Task Answer_FasterThanItsReader_IsHeldBack(string type)
    {
        long sent = 0;
        var stuck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Rig rig = await Rig.StartAsync();
        var meter = new MemoryMeter();
        rig.Upstream.Respond(async context =>
        {
            context.Response.ContentType = type;
            byte[] piece = Encoding.ASCII.GetBytes("data: " + new string('a', 64 << 10) + "\n\n");
            while (Volatile.Read(ref sent) < Endless)
            {
                Task write = context.Response.Body.WriteAsync(piece, context.RequestAborted).AsTask();

                // Stuck for a whole second: nobody takes any more.
                if (await Task.WhenAny(write, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System)) != write)
                {
                    stuck.SetResult();
                    await write;
                }

                Interlocked.Add(ref sent, piece.Length);
            }

            return true;
        });
        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(Rig.Batch, stream: true)))).Soon();

        await stuck.Task.Soon();
        meter.Look();

        Assert.InRange(Volatile.Read(ref sent), 1, Endless / 4);
        TestContext.Current.TestOutputHelper?.WriteLine($"grown by {meter.MostMiB:f1} MiB");
        Assert.InRange(meter.MostMiB, 0, MaxGrowthMiB);
        answer.Dispose();
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("zz\r\nabc\r\n0\r\n\r\n")]
    [InlineData("-1\r\nabc\r\n0\r\n\r\n")]
    [InlineData("ffffffffffffffffff\r\nabc")]
    [InlineData("3\r\nabcXX0\r\n\r\n")]
    [InlineData("3\r\nabcdef\r\n0\r\n\r\n")]
    [InlineData("3;LONG\r\nabc\r\n0\r\n\r\n")]
    [InlineData("LONG\r\nabc\r\n0\r\n\r\n")]
    [InlineData("\r\n\r\n")]
    public async Task Chunks_Wrong_NeverEndCleanly(string chunks)
    {
        await using RawUpstream upstream = RawUpstream.Start(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            + chunks.Replace("LONG", new string('1', 4 << 20), StringComparison.Ordinal));
        await using Rig rig = await StartAsync(upstream);
        var meter = new MemoryMeter();

        foreach (int tier in (int[])[Rig.Urgent, Rig.Batch])
        {
            // Told in a status when it shows with the first bytes, by a broken transfer later.
            HttpResponseMessage answer = await rig.ChatAsync(tier, "n").Soon();
            Exception? broken = await Record.ExceptionAsync(() => answer.TextAsync());
            Assert.True(answer.StatusCode == HttpStatusCode.BadGateway || broken is HttpRequestException, $"{answer.StatusCode} {broken}");
            meter.Look();
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"grown by {meter.MostMiB:f1} MiB");
        Assert.InRange(meter.MostMiB, 0, MaxGrowthMiB);
        Assert.All(await rig.AssertQuietAsync(2, 1), static record =>
            Assert.True(record.Outcome is Outcome.UpstreamCut or Outcome.UpstreamReset or Outcome.UpstreamInvalid, $"{record.Outcome}"));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/event-stream")]
    public async Task GzipBomb_IsNotExpanded(string type)
    {
        byte[] bomb = Bomb(Endless);
        await using Rig rig = await Rig.StartAsync();
        rig.Upstream.Respond(async context =>
        {
            context.Response.ContentType = type;
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(bomb);
            return true;
        });
        var meter = new MemoryMeter();

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/x", Rig.Json("{}"), "Accept-Encoding: gzip")).Soon();
        byte[] received = await answer.BytesAsync();
        meter.Look();

        Assert.True(bomb.AsSpan().SequenceEqual(received));
        Assert.Equal("gzip", Assert.Single(answer.Content.Headers.ContentEncoding));
        Assert.InRange(bomb.Length, 1, 4 << 20);
        TestContext.Current.TestOutputHelper?.WriteLine($"grown by {meter.MostMiB:f1} MiB");
        Assert.InRange(meter.MostMiB, 0, MaxGrowthMiB);
        await rig.AssertQuietAsync(1, 1);
    }

    private static byte[] Bomb(long length)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            byte[] zeros = new byte[1 << 20];
            for (long at = 0; at < length; at += zeros.Length)
            {
                gzip.Write(zeros);
            }
        }

        return packed.ToArray();
    }

    private static Task<Rig> StartAsync(RawUpstream upstream) =>
        Rig.StartAsync(1, options => options with { Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)] });
}
