using System.Globalization;
using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>An upload larger than anybody's memory: <c>make big</c> sends 300 MB.</summary>
[Collection(Alone.Name)]
public class BigUploadTests
{
    private const double MaxGrowthMiB = 64;

    private static readonly long Size = long.Parse(
        Environment.GetEnvironmentVariable("GATEWAY_BIG_BYTES") ?? "30000000", NumberStyles.None, CultureInfo.InvariantCulture);

    [Fact]
    [Trait("req", "P5")]
    [Trait("category", "big")]
    public async Task Upload_PreemptedInTheMiddle_BothAttemptsSendTheSameBytesInFlatMemory()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with
        {
            Limits = new LimitOptions { MaxUploadBytes = 1L << 30 },
            Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromMinutes(2) },
        });
        var meter = new MemoryMeter();
        List<(string Hash, long Length)> attempts = [];
        rig.Upstream.Respond(context => TakeAsync(context, attempts, meter), beforeBody: true);

        Task<HttpResponseMessage> low = rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/files", Form()));
        await rig.WaitForSchedulerAsync(_ =>
        {
            lock (attempts)
            {
                return attempts.Count == 1;
            }
        });
        HttpResponseMessage high = await rig.ChatAsync(Rig.Urgent, "high").Soon();
        HttpResponseMessage answer = await low.Soon();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, "2"), (high.StatusCode, answer.StatusCode, answer.Header("x-gateway-attempts")));
        Assert.Equal(2, attempts.Count);
        Assert.Equal((await PatternContent.HashAsync(Form(), attempts[0].Length)).Hash, attempts[0].Hash);
        Assert.Equal(await PatternContent.HashAsync(Form()), attempts[1]);
        Assert.InRange(attempts[0].Length, Size / 2, Size - 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"{Size} bytes, grown by {meter.MostMiB:f1} MiB");
        Assert.InRange(meter.MostMiB, 0, MaxGrowthMiB);

        // A reset needs no answer: for a moment the upstream may still hold the half request beside the urgent one.
        await rig.AssertQuietAsync(2, slots: 2);
    }

    /// <summary>The first attempt is taken in half and then drop by drop; the second whole.</summary>
    private static async Task<bool> TakeAsync(HttpContext context, List<(string Hash, long Length)> attempts, MemoryMeter meter)
    {
        if (!context.Request.Path.StartsWithSegments("/v1/files", StringComparison.Ordinal))
        {
            return false;
        }

        bool isFirst = attempts.Count == 0;
        using var hash = new PatternContent.HashingStream();
        byte[] buffer = new byte[256 << 10];
        while ((!isFirst || hash.Total < Size / 2) && await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and int read)
        {
            hash.Write(buffer.AsSpan(0, read));
            meter.Look();
        }

        lock (attempts)
        {
            attempts.Add((hash.Hash(), hash.Total));
        }

        // A server that reads nothing at all would not notice the reset either. The rest takes seconds, whatever the size.
        while (isFirst && await context.Request.Body.ReadAsync(buffer.AsMemory(0, (int)(Size / 4096)), context.RequestAborted) > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, context.RequestAborted);
        }

        context.EndCall();
        await context.Response.WriteAsync("{}", context.RequestAborted);
        return true;
    }

    private static MultipartFormDataContent Form() => new("the-boundary")
    {
        { new StringContent("fine-tune"), "purpose" },
        { new PatternContent(Size), "file", "data.bin" },
    };
}
