using System.Net;
using Gateway.Configuration;
using Gateway.Management;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Management;

[Trait("row", "L1")]
public class DrainTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("row", "M5")]
    public async Task Drain_WithinTheLimit_FinishesWhatRunsAndTakesNothingNew()
    {
        await using StageFixture fixture = await StageFixture.StartAsync();
        var held = new HeldStream(fixture.Upstream);
        using HttpResponseMessage running = await fixture.PostChatAsync();
        Stream stream = await running.Content.ReadAsStreamAsync(Cancel);
        await HeldStream.ReadUntilAsync(stream, "Hi", Cancel);
        DrainState drain = fixture.Gateway.Services.GetRequiredService<DrainState>();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(fixture, "/health/ready"));

        Task draining = drain.DrainAsync();

        Assert.False(drain.IsReady);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(fixture, "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(fixture, "/health"));
        using (HttpResponseMessage refused = await fixture.PostChatAsync())
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining"), (refused.StatusCode, (await StageFixture.ErrorAsync(refused)).Code));
            Assert.True(refused.Headers.ConnectionClose);
            Assert.True(int.Parse(refused.Headers.GetValues("Retry-After").Single(), System.Globalization.CultureInfo.InvariantCulture) >= 1);
        }

        Assert.False(draining.IsCompleted);
        held.End();
        await HeldStream.ReadUntilAsync(stream, "[DONE]", Cancel);
        await draining.WaitAsync(StageFixture.Guard, Cancel);
        Assert.Equal(1, fixture.Upstream.Stats.Started);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Drain_LimitPassesOrSecondSignal_EndsStreamsWithAnErrorEventAndACleanClose(bool isHurried)
    {
        await using StageFixture fixture = await StageFixture.StartAsync(
            options => options with { Limits = new LimitOptions { DrainTimeout = isHurried ? TimeSpan.FromHours(1) : TimeSpan.Zero } }, slots: 1);
        _ = new HeldStream(fixture.Upstream);
        using HttpResponseMessage running = await fixture.PostChatAsync();
        Stream stream = await running.Content.ReadAsStreamAsync(Cancel);
        await HeldStream.ReadUntilAsync(stream, "Hi", Cancel);
        Task<HttpResponseMessage> queued = fixture.PostChatAsync();
        await WaitForQueueAsync(fixture);
        DrainState drain = fixture.Gateway.Services.GetRequiredService<DrainState>();

        Task draining = drain.DrainAsync();
        if (isHurried)
        {
            drain.Hurry();
        }

        // A broken stream would throw here.
        using var reader = new StreamReader(stream);
        string rest = await reader.ReadToEndAsync(Cancel).WaitAsync(StageFixture.Guard, Cancel);
        Assert.Matches("^data: \\{\"error\":\\{\"message\":\"[^\"]+\",\"type\":\"server_error\",\"param\":null,\"code\":\"draining\"\\}\\}\n\n$", rest);
        using HttpResponseMessage evicted = await queued.WaitAsync(StageFixture.Guard, Cancel);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining"), (evicted.StatusCode, (await StageFixture.ErrorAsync(evicted)).Code));
        await draining.WaitAsync(StageFixture.Guard, Cancel);
        await fixture.Upstream.WaitUntil(static stats => stats.Live == 0, StageFixture.Guard);
        Assert.Equal(1, fixture.Upstream.Stats.Started);
        Assert.Equal(0, fixture.Bodies.Held);
    }

    /// <summary>It would cost nothing, and keep its caller on a connection to a gateway that is leaving.</summary>
    [Fact]
    public async Task Drain_AnswerThatIsInTheCache_IsRefusedToo()
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        await rig.EmbedAsync("a").ReadAsync("MISS");
        await rig.EmbedAsync("a").ReadAsync("HIT");

        await rig.Gateway.Services.GetRequiredService<DrainState>().DrainAsync().WaitAsync(Rig.Guard, Cancel);

        using HttpResponseMessage refused = await rig.EmbedAsync("a").Soon();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining"), (refused.StatusCode, (await StageFixture.ErrorAsync(refused)).Code));
        Assert.True(refused.Headers.ConnectionClose);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task Drain_Idle_IsOverAtOnceAndOnce()
    {
        await using StageFixture fixture = await StageFixture.StartAsync();
        DrainState drain = fixture.Gateway.Services.GetRequiredService<DrainState>();

        await drain.DrainAsync().WaitAsync(StageFixture.Guard, Cancel);
        await drain.DrainAsync().WaitAsync(StageFixture.Guard, Cancel);

        Assert.False(drain.IsReady);
    }

    private static async Task<HttpStatusCode> StatusAsync(StageFixture fixture, string path)
    {
        using HttpResponseMessage answer = await fixture.SendAsync(HttpMethod.Get, path);
        return answer.StatusCode;
    }

    /// <summary>A snapshot is taken behind everything that came before it, so asking again is waiting.</summary>
    private static async Task WaitForQueueAsync(StageFixture fixture)
    {
        using var guard = new CancellationTokenSource(StageFixture.Guard);
        while ((await fixture.Gateway.Scheduler.SnapshotAsync()).Tiers.Sum(static tier => tier.Depth) == 0)
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
