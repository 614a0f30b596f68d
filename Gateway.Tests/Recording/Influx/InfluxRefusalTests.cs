using Gateway.Recording.Influx;
using Gateway.Tests.Support;
using Xunit;
using static Gateway.Tests.Recording.Influx.InfluxRig;

namespace Gateway.Tests.Recording.Influx;

/// <summary>Points that InfluxDB refuses: as few as can be are lost, at a bounded cost, and the log tells it.</summary>
[Trait("req", "P11")]
[Trait("row", "M3")]
public class InfluxRefusalTests
{
    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    [InlineData(422)]
    public async Task Write_ServerRefusesThePoints_AreDroppedAndTheNextOnesGo(int status)
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        server.Status = status;
        var time = new ManualTimeProvider();
        await using var rig = new InfluxRig(server.Url, time);
        await rig.StartAsync();
        rig.Write(5);
        await AdvanceUntilAsync(time, () => rig.Sink.Dropped == 5);

        // All together, and then in halves down to each alone.
        Assert.Equal(9, server.Requests.Count);

        server.Status = 204;
        rig.Write(2);
        await AdvanceUntilAsync(time, () => rig.Sink.Delivered == 2);

        await rig.StopAsync();
        Assert.Equal((7, 2, 5), (rig.Sink.Produced, rig.Sink.Delivered, rig.Sink.Dropped));
    }

    [Fact]
    public async Task Write_OneBadLineInAFullBatch_IsTheOnlyOneLost()
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync(bad: "\"r777\"");
        await using var rig = new InfluxRig(server.Url, new ManualTimeProvider());
        await rig.StartAsync();
        rig.Write(InfluxSink.MaxBatch);
        await Eventually.TrueAsync(() => rig.Sink.Dropped == 1);

        Assert.Equal(InfluxSink.MaxBatch - 1, rig.Sink.Delivered);
        Assert.Equal(InfluxSink.MaxBatch - 1, server.Lines.Select(static line => LineParser.Parse(line).Fields["request_id"]).Distinct().Count());

        // Twice as many as it can be halved, and the first.
        Assert.InRange(server.Requests.Count, 3, 27);
        await rig.StopAsync();
    }

    /// <summary>A server that refuses everything must not be asked for each line.</summary>
    [Fact]
    public async Task Write_AllLinesBad_CostsSoManyRequestsAndNoMore()
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        server.Status = 400;
        await using var rig = new InfluxRig(server.Url, new ManualTimeProvider());
        await rig.StartAsync();
        rig.Write(InfluxSink.MaxBatch);
        await Eventually.TrueAsync(() => rig.Sink.Dropped == InfluxSink.MaxBatch);

        Assert.Equal(65, server.Requests.Count);
        await rig.StopAsync();
    }

    [Fact]
    [Trait("req", "M6")]
    public async Task Log_TroubleThatChanges_IsToldOnceEach()
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        server.Status = 503;

        string[] told = await ToldAsync(server, async (rig, time) =>
        {
            rig.Write(1);
            await AdvanceUntilAsync(time, () => server.Requests.Count >= 3);
            server.Status = 401;
            int before = server.Requests.Count;
            await AdvanceUntilAsync(time, () => server.Requests.Count >= before + 3);
            server.Status = 400;
            await AdvanceUntilAsync(time, () => rig.Sink.Dropped == 1);
            rig.Write(1);
            await AdvanceUntilAsync(time, () => rig.Sink.Dropped == 2);
            server.Status = 204;
            rig.Write(1);
            await AdvanceUntilAsync(time, () => rig.Sink.Delivered == 1);
        });

        Assert.Equal(
            [
                "Troubled InfluxDB does not take points (status 503). Up to 20000 wait for it; then the oldest are dropped.",
                "Troubled InfluxDB does not take points (status 401). Up to 20000 wait for it; then the oldest are dropped.",
                "Lost InfluxDB has not stored 1 points (status 400): they are lost.",
                "Recovered InfluxDB takes points again; 2 were dropped since the start.",
            ],
            told);
    }

    [Fact]
    [Trait("req", "M6")]
    public async Task Log_TroubleUntilTheEnd_TellsWhatIsLost()
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        server.Status = 503;

        string[] told = await ToldAsync(server, async (rig, time) =>
        {
            rig.Write(3);
            await AdvanceUntilAsync(time, () => server.Requests.Count >= 2);
        });

        Assert.Equal("Lost InfluxDB has not stored 3 points (status 503, and the gateway stops): they are lost.", told[^1]);
    }

    /// <summary>What a sink logs from its start to its end.</summary>
    private static async Task<string[]> ToldAsync(InfluxDouble server, Func<InfluxRig, ManualTimeProvider, Task> use)
    {
        var time = new ManualTimeProvider();
        await using var rig = new InfluxRig(server.Url, time);
        await rig.StartAsync();
        await use(rig, time);
        await rig.StopAsync();
        return await rig.ToldAsync();
    }
}
