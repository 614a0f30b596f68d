using Gateway.Recording.Influx;
using Gateway.Tests.Support;
using Xunit;
using static Gateway.Tests.Recording.Influx.InfluxRig;

namespace Gateway.Tests.Recording.Influx;

/// <summary>Whatever InfluxDB does: nothing waits for it, what waits is bounded, and every point is accounted for.</summary>
[Trait("req", "P11")]
[Trait("row", "M3")]
public class InfluxSinkTests
{
    [Fact]
    public async Task Write_ServerTakesThem_AllArriveOnceInFewRequests()
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        var time = new ManualTimeProvider();
        await using var rig = new InfluxRig(server.Url, time);
        await rig.StartAsync();
        rig.Write(12_000);
        await AdvanceUntilAsync(time, () => rig.Sink.Delivered == 12_000);
        await rig.StopAsync();

        Assert.Equal((12_000, 12_000, 0), (rig.Sink.Produced, rig.Sink.Delivered, rig.Sink.Dropped));
        Assert.Equal(12_000, server.Lines.Select(static line => LineParser.Parse(line).Fields["request_id"]).Distinct().Count());
        Assert.Equal(3, server.Requests.Count);
        Assert.All(server.Requests, static request => Assert.Equal(("/api/v2/write?org=openaiorg&bucket=proxybucket&precision=ns", "Token t0ken", "gzip"), request));
    }

    [Fact]
    public async Task Write_FewPoints_WaitForOthersNoLongerThanASecond()
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        var time = new ManualTimeProvider();
        await using var rig = new InfluxRig(server.Url, time);
        await rig.StartAsync();
        rig.Write(3);
        await time.WaitForTimersAsync(1).Soon();
        Assert.Empty(server.Requests);

        time.Advance(InfluxSink.Linger);
        await Eventually.TrueAsync(() => rig.Sink.Delivered == 3);

        Assert.Single(server.Requests);
        await rig.StopAsync();
    }

    /// <summary>More than fits into the queue may come in a second.</summary>
    [Fact]
    public async Task Write_BatchFullWhileOthersAreWaitedFor_GoesAtOnce()
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        var time = new ManualTimeProvider();
        await using var rig = new InfluxRig(server.Url, time);
        await rig.StartAsync();
        for (int round = 1; round <= 8; round++)
        {
            rig.Write(1);
            await time.WaitForTimersAsync(1).Soon();
            rig.Write(InfluxSink.MaxBatch - 1);
            await Eventually.TrueAsync(() => rig.Sink.Delivered == round * InfluxSink.MaxBatch);
        }

        Assert.Equal((8, 0), (server.Requests.Count, rig.Sink.Dropped));
        await rig.StopAsync();
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(401)]
    [InlineData(404)]
    public async Task Write_ServerInTrouble_TriesAgainUntilItIsWell(int status)
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        server.Status = status;
        var time = new ManualTimeProvider();
        await using var rig = new InfluxRig(server.Url, time);
        await rig.StartAsync();
        rig.Write(5);
        await AdvanceUntilAsync(time, () => server.Requests.Count >= 4);
        Assert.Equal((0, 0), (rig.Sink.Delivered, rig.Sink.Dropped));

        server.Status = 204;
        await AdvanceUntilAsync(time, () => rig.Sink.Delivered == 5);

        Assert.Equal(5, server.Lines.Count);
        await rig.StopAsync();
    }

    /// <summary>The host's time is over already: a healthy server gets them all the same.</summary>
    [Fact]
    public async Task Stop_HostIsOutOfTime_SendsWhatIsLeft()
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        await using var rig = new InfluxRig(server.Url);
        await rig.StartAsync();
        rig.Write(1);
        await Eventually.TrueAsync(() => rig.Sink.Delivered == 1);
        rig.Write(10);

        await rig.Sink.StoppedAsync(new CancellationToken(canceled: true)).Soon();

        Assert.Equal((11, 0), (rig.Sink.Delivered, rig.Sink.Dropped));
    }

    /// <summary>The negative control of the bound: without it, all of these would wait.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(-1)]
    public async Task Write_ServerOutUnderLoad_TheOldestGoAndAllIsCounted(int status)
    {
        const int points = 3 * InfluxSink.MaxWaiting;
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        using var closed = new ClosedPort();
        server.Status = status;
        var time = new ManualTimeProvider();
        await using var rig = new InfluxRig(status < 0 ? closed.Address : server.Url, time);
        await rig.StartAsync();
        rig.Write(points);
        Assert.Equal(points, rig.Sink.Produced);
        Assert.InRange(points - rig.Sink.Dropped, InfluxSink.MaxWaiting, InfluxSink.MaxWaiting + InfluxSink.MaxBatch);

        if (status >= 0)
        {
            server.Status = 204;
            server.Release();
            await AdvanceUntilAsync(time, () => rig.Sink.Delivered + rig.Sink.Dropped == points);
            Assert.Equal(rig.Sink.Delivered, server.Lines.Count);
            Assert.Contains(server.Lines, static line => line.Contains($"request_id=\"r{points - 1}\"", StringComparison.Ordinal));
        }

        await rig.StopAsync();
        Assert.Equal(points, rig.Sink.Delivered + rig.Sink.Dropped);
    }

    [Fact]
    public async Task Stop_ServerHangs_EndsAndCountsWhatWasLost()
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        server.Status = 0;
        var time = new ManualTimeProvider();
        await using var rig = new InfluxRig(server.Url, time);
        await rig.StartAsync();
        rig.Write(10);
        await AdvanceUntilAsync(time, () => server.Requests.Count == 1);
        rig.Write(7);

        Task stopping = rig.StopAsync();
        await AdvanceUntilAsync(time, () => stopping.IsCompleted);
        await stopping;

        Assert.Equal((17, 0, 17), (rig.Sink.Produced, rig.Sink.Delivered, rig.Sink.Dropped));
    }

    [Fact]
    public async Task Write_TurnedOff_KeepsNothing()
    {
        await using var rig = new InfluxRig(null);
        await rig.StartAsync();
        rig.Write(10);
        await rig.StopAsync();

        Assert.Equal(0, rig.Sink.Produced);
    }
}
