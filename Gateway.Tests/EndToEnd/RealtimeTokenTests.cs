using System.Net.WebSockets;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What a realtime session costs: the upstream tells it in passing.</summary>
public class RealtimeTokenTests
{
    [Fact]
    [Trait("row", "R2")]
    public async Task Tokens_OfASession_CountWhenItIsOver()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { RateLimit = new RateLimitOptions { TokensPerMinute = 100 } });
        rig.Upstream.RespondToSockets(static async (_, socket) =>
        {
            for (int i = 0; i < 2; i++)
            {
                await socket.SendAsync("""{"type":"response.audio.delta","delta":"AAAA"}""");
                await socket.SendAsync("""{"type":"response.done","response":{"usage":{"input_tokens":40,"output_tokens":20}}}""");
            }

            await socket.CloseAsync();
        });
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);
        WebSocketMessageType type;
        do
        {
            (type, _) = await socket.ReceiveAsync();
        }
        while (type != WebSocketMessageType.Close);

        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Rig.Cancel).Soon();

        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((80, 40), (record.InputTokens, record.OutputTokens));
        using HttpRequestMessage next = rig.Request(Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json("""{"model":"m","messages":[{"role":"user","content":"hi"}]}"""));
        using HttpResponseMessage refused = await rig.SendAsync(next);
        Assert.Equal(System.Net.HttpStatusCode.TooManyRequests, refused.StatusCode);
    }

    /// <summary>And what it had reserved and did not use is there for others: of 100, 60 are spent first, then 120.</summary>
    [Fact]
    [Trait("row", "R2")]
    public async Task Tokens_OfASessionThatIsOpen_CountAtOnce()
    {
        await using Rig rig = await Rig.StartAsync(2, static options => options with { RateLimit = new RateLimitOptions { TokensPerMinute = 100 } });
        rig.Upstream.RespondToSockets(static async (_, socket) =>
        {
            while (await socket.ReceiveTextAsync() is not "bye")
            {
                await socket.SendAsync("""{"type":"response.done","response":{"usage":{"input_tokens":40,"output_tokens":20}}}""");
            }

            await socket.CloseAsync();
        });
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);
        int[] statuses = [0, 0];
        for (int i = 0; i < statuses.Length; i++)
        {
            await socket.SendAsync("go on");
            await socket.ReceiveTextAsync();
            using HttpRequestMessage other = rig.Request(
                Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json("""{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}"""));
            using HttpResponseMessage answer = await rig.SendAsync(other);
            statuses[i] = (int)answer.StatusCode;
        }

        await socket.SendAsync("bye");
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync()).Type);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Rig.Cancel).Soon();

        Assert.Equal([200, 429], statuses);
    }

    [Fact]
    [Trait("row", "R2")]
    public async Task Tokens_SpentByASession_KeepTheNextOneOut()
    {
        await using Rig rig = await Rig.StartAsync(2, static options => options with { RateLimit = new RateLimitOptions { TokensPerMinute = 100 } });
        rig.Upstream.RespondToSockets(static async (_, socket) =>
        {
            await socket.SendAsync("""{"type":"response.done","response":{"usage":{"input_tokens":80,"output_tokens":20}}}""");
            await socket.ReceiveAsync();
        });
        using ClientWebSocket first = await Realtime.ConnectAsync(rig, Rig.Batch);
        await first.ReceiveTextAsync();

        Assert.Equal(429, await Realtime.RefusalAsync(rig, Rig.Batch));
    }

    /// <summary>What cannot be estimated is booked when it is known.</summary>
    [Fact]
    [Trait("req", "A5")]
    public async Task Tokens_OfASession_AreBookedInTheInstancesWindow()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Instances = [options.Instances[0] with { MaxTpm = 1000 }] });
        rig.Upstream.RespondToSockets(static async (_, socket) =>
        {
            await socket.SendAsync("""{"type":"response.done","response":{"usage":{"input_tokens":80,"output_tokens":20}}}""");
            await socket.CloseAsync();
        });
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);
        await socket.ReceiveTextAsync();
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync()).Type);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Rig.Cancel).Soon();
        await rig.AssertQuietAsync(1, 1);

        Assert.Equal(100, await rig.Gateway.Services.GetRequiredService<TokenWindows>().UsedAsync(rig.Instances.Find(0)!));
    }

    [Theory]
    [InlineData(false, "permessage-deflate")]
    [InlineData(true, "")]
    public async Task Compression_WhereTokensAreLimited_IsNotOffered(bool isLimited, string offered)
    {
        await using Rig rig = await Rig.StartAsync(1, options => options with { RateLimit = isLimited ? new RateLimitOptions { TokensPerMinute = 100 } : null });
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Upstream.RespondToSockets((context, socket) =>
        {
            seen.SetResult(context.Request.Headers.SecWebSocketExtensions.ToString());
            return socket.CloseAsync();
        });
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync(Realtime.Handshake + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", Rig.Cancel);

        Assert.Equal(offered, await seen.Task.Soon());
        client.Dispose();
        await rig.AssertQuietAsync(1, 1);
    }
}
