using System.Text;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What an upstream broke off, anywhere, is never kept.</summary>
[Trait("row", "T3")]
public class CacheCutTests
{
    private const string Plain = """{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}""";

    public static TheoryData<string, string, string> Answers => new()
    {
        { "length", $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Plain.Length}\r\n\r\n", Plain },
        { "until the end", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n", Plain },
        { "chunks", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", $"{Plain.Length:x}\r\n{Plain}\r\n0\r\n\r\n" },
        { "stream", "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n", HeldCalls.FirstHalf + HeldCalls.SecondHalf },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Answer_CutAtEveryByte_IsNeverKept(string framing, string head, string body)
    {
        Assert.NotNull(framing);
        byte[] answer = Encoding.Latin1.GetBytes(head + body);
        int length = 0;
        await using RawUpstream upstream = RawUpstream.Start(async (connection, _) =>
        {
            await connection.WriteAsync(answer.AsMemory(0, length));
            return length % 2 == 0 ? RawUpstream.Closing.Orderly : RawUpstream.Closing.Reset;
        });
        await using Rig rig = await Rig.StartAsync(configure: options => options with
        {
            Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)],
            Cache = new CacheOptions(),
        });

        for (; length < answer.Length; length++)
        {
            try
            {
                using HttpResponseMessage cut = await rig.CachedChatAsync("x").Soon();
                await cut.BytesAsync();
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // As it should be, when something had been passed on.
            }

            Assert.True(await rig.Store().CountAsync() == 0, $"{framing}: kept after {length} of {answer.Length} bytes");
        }

        // The control: whole, it is kept.
        length = answer.Length - (answer.Length % 2);
        answer = length == answer.Length ? answer : [.. answer, (byte)'\n'];
        length = answer.Length;
        byte[] whole = await rig.CachedChatAsync("x").ReadAsync("MISS");
        Assert.Equal(whole, await rig.CachedChatAsync("x").ReadAsync("HIT"));
        await rig.AssertNoFlightsAsync();
    }

    [Theory]
    [InlineData("length")]
    [InlineData("content_filter")]
    public async Task Answer_EndedForAnotherReason_IsNotKept(string reason)
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        rig.Upstream.Respond(context => CachingTests.AnswerAsync(context, Plain.Replace("stop", reason, StringComparison.Ordinal)));

        await rig.CachedChatAsync("x").ReadAsync("MISS");
        await rig.CachedChatAsync("x").ReadAsync("MISS");

        Assert.Equal(0, await rig.Store().CountAsync());
    }

    [Fact]
    public async Task Stream_WithoutDone_IsPassedOnAndNotKept()
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);

        await rig.CachedChatAsync("x", stream: true, headers: "x-sim-fail: no-done").ReadAsync("MISS");

        Assert.Equal(0, await rig.Store().CountAsync());
        Assert.Equal(Outcome.Relayed, Assert.Single(await rig.AssertQuietAsync(1, slots: 1)).Outcome);
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("unknown", false)]
    [Trait("row", "T4")]
    public async Task EncodedAnswer_IsKeptOnlyWhenItCanBeLookedInto(string encoding, bool isKept)
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(Plain));
        }

        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        rig.Upstream.Respond(async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.ContentEncoding = encoding;
            await context.Response.Body.WriteAsync(packed.ToArray(), context.RequestAborted);
            return true;
        });

        byte[] first = await rig.CachedChatAsync("x", headers: "Accept-Encoding: gzip").ReadAsync("MISS");
        Assert.Equal(packed.ToArray(), first);
        Assert.Equal(first, await rig.CachedChatAsync("x", headers: "Accept-Encoding: gzip").ReadAsync(isKept ? "HIT" : "MISS"));

        // Whoever did not say that they take it does not get it from the cache.
        await rig.CachedChatAsync("x").ReadAsync("MISS");
    }
}
