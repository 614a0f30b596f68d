using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>An interrupted upload is sent again from its first byte, from memory or from disk.</summary>
public class ReplayTests
{
    [Theory]
    [InlineData(100_000)]
    [InlineData(8_000_000)]
    [Trait("req", "P5")]
    public async Task Upload_PreemptedAfterItWasSent_ArrivesWholeAgain(int size)
    {
        await using Rig rig = await Rig.StartAsync();
        byte[] bytes = RandomNumberGenerator.GetBytes(size);

        Task<HttpResponseMessage> low = rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/files", Form(bytes),
            "x-sim-nonce: low", "x-sim-fail: hang", "x-sim-fail-times: 1"));
        await rig.WaitUntil(static stats => stats.ByModel.TryGetValue("", out ModelSnapshot? model) && model.Live == 1);
        HttpResponseMessage high = await rig.ChatAsync(Rig.Urgent, "high").Soon();
        HttpResponseMessage answer = await low.Soon();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, "2"), (high.StatusCode, answer.StatusCode, answer.Header("x-gateway-attempts")));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (await answer.JsonAsync()).GetProperty("sha256").GetString());
        RecordedRequest[] sent = [.. rig.Upstream.Requests.Where(static request => request.RawTarget == "/v1/files")];
        Assert.Equal((2, sent[0].BodyLength), (sent.Length, sent[1].BodyLength));
        Assert.Equal(sent[0].Header("Content-Type"), sent[1].Header("Content-Type"));
        await rig.AssertQuietAsync(2, 1);
    }

    [Fact]
    [Trait("req", "P5")]
    public async Task Upload_PreemptedWhileItIsBeingSent_ArrivesWholeAgain()
    {
        await using Rig rig = await Rig.StartAsync();
        byte[] bytes = RandomNumberGenerator.GetBytes(20_000_000);
        int seen = 0;
        rig.Upstream.Respond(
            async context =>
            {
                if (!context.Request.Path.StartsWithSegments("/v1/files", StringComparison.Ordinal) || Interlocked.Increment(ref seen) > 1)
                {
                    return false;
                }

                // The first attempt's upstream reads a little now and then, so that the gateway is in the middle of the body for seconds.
                byte[] little = new byte[1024];
                while (await context.Request.Body.ReadAsync(little, context.RequestAborted) > 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, context.RequestAborted);
                }

                return true;
            },
            beforeBody: true);

        Task<HttpResponseMessage> low = rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/files", Form(bytes)));
        await rig.WaitUntil(static stats => stats.Live == 1);
        HttpResponseMessage high = await rig.ChatAsync(Rig.Urgent, "high").Soon();
        HttpResponseMessage answer = await low.Soon();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, "2"), (high.StatusCode, answer.StatusCode, answer.Header("x-gateway-attempts")));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (await answer.JsonAsync()).GetProperty("sha256").GetString());

        // A reset needs no answer: for a moment the upstream may still hold the half request beside the urgent one.
        await rig.AssertQuietAsync(2, slots: 2);
    }

    [Fact]
    [Trait("req", "P12")]
    public async Task Upload_CallerLeavesWhileItIsBeingSent_UpstreamSeesTheEndInTheMiddle()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        await using Rig rig = await Rig.StartAsync(1, options => options with { Instances = [GatewayHost.Instance(address, 1)] });
        using var leave = new CancellationTokenSource();

        Task<HttpResponseMessage> call = rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/files", Form(new byte[50_000_000])), leave.Token);
        using Socket upstream = await listener.AcceptSocketAsync(Rig.Cancel).AsTask().Soon();
        byte[] buffer = new byte[4096];
        await upstream.ReceiveAsync(buffer, Rig.Cancel).AsTask().Soon();
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());

        // Only when the gateway has let go may the upstream read on: what it still finds was queued before.
        await rig.WaitForSchedulerAsync(static state => state.Instances.Single().Running == 0);
        Assert.InRange(await ReadToEndAsync(upstream).Soon(), 0, 40_000_000);
        upstream.Dispose();
        await rig.AssertQuietAsync(1, 1);
    }

    /// <summary>Bytes until the other side ended, in whatever way.</summary>
    private static async Task<long> ReadToEndAsync(Socket socket)
    {
        byte[] buffer = new byte[64 << 10];
        long total = 0;
        try
        {
            while (await socket.ReceiveAsync(buffer, Rig.Cancel) is > 0 and int read)
            {
                total += read;
            }
        }
        catch (SocketException)
        {
            // A reset, when the gateway was in the middle of a write.
        }

        return total;
    }

    private static MultipartFormDataContent Form(byte[] bytes) => new("the-boundary")
    {
        { new StringContent("fine-tune"), "purpose" },
        { new ByteArrayContent(bytes), "file", "data.bin" },
    };
}
