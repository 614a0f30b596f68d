using System.Globalization;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Soak;

/// <summary>
/// All faults in quick turns, until everything has found its size; then traffic for so many minutes, a fault in each, and at the end of each a breath, in which
/// is looked what the gateway holds.
/// </summary>
internal sealed class SoakRun(World world, int minutes, int seed)
{
    /// <summary>
    /// Turns of all faults before the first minute. Pools keep what a fault needed most, and code is compiled once more after 30 calls: by the minutes alone, with one
    /// fault in each, that goes on for more than half an hour.
    /// </summary>
    public const int Rehearsals = 4;

    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FaultAt = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BreathAt = TimeSpan.FromSeconds(42);

    /// <summary>Between two faults of a rehearsal: what was away is found again.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(3);

    /// <summary>Connections that nobody uses any more are closed after a while, and memory is given back after up to a quarter of a minute.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromSeconds(16);

    private readonly List<(Sample Sample, string Fault)> _minutes = [];
    private readonly List<string> _left = [];

    public async Task<SoakReport> RunAsync(CancellationToken stop)
    {
        Server upstream = await world.StartSimulatorAsync(stop);
        Server redis = await world.StartRedisAsync(stop);
        Server influx = await world.StartInfluxAsync(stop);
        GatewayServer gateway = await world.StartGatewayAsync(upstream, stop, configuration =>
        {
            configuration.AddRedis(redis);
            configuration.AddInflux(influx);
            configuration.AddLimits(1_000_000, 1_000_000_000);
            configuration["cache"] = new System.Text.Json.Nodes.JsonObject { ["ttl"] = "10s" };
            configuration["health"] = new System.Text.Json.Nodes.JsonObject { ["interval"] = "2s", ["break"] = "1s" };
        });

        using var traffic = new SoakTraffic(gateway, seed);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task calling = traffic.RunAsync(ending.Token);
        var faults = new SoakFaults(gateway, upstream, redis, influx);
        for (int turn = 1; turn <= Rehearsals; turn++)
            await RehearseAsync(gateway, traffic, faults, turn, stop);
        for (int minute = 0; minute < minutes; minute++)
            await OneMinuteAsync(gateway, redis, traffic, faults, minute, stop);

        Exposition metrics = await gateway.MetricsAsync(stop);
        await ending.CancelAsync();
        await calling;
        return new SoakReport(_minutes, _left, traffic, metrics, seed);
    }

    private static async Task RehearseAsync(GatewayServer gateway, SoakTraffic traffic, SoakFaults faults, int turn, CancellationToken stop)
    {
        for (int fault = 0; fault < SoakFaults.Kinds; fault++)
        {
            await faults.MakeAsync(fault, stop);
            await State.PassAsync(Between, stop);
        }

        await traffic.HoldAsync(stop);
        await gateway.RestAsync(stop);
        await State.PassAsync(Breath, stop);
        traffic.Resume();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  rehearsal {turn} of {Rehearsals}: {traffic.Calls} calls"));
    }

    private async Task OneMinuteAsync(GatewayServer gateway, Server redis, SoakTraffic traffic, SoakFaults faults, int minute, CancellationToken stop)
    {
        long started = TimeProvider.System.GetTimestamp();
        await UntilAsync(started, FaultAt, stop);
        string fault = await faults.MakeAsync(minute, stop);
        await UntilAsync(started, BreathAt, stop);
        await traffic.HoldAsync(stop);
        if (await gateway.RestAsync(stop) is { Length: > 0 } left)
            _left.Add($"minute {minute + 1}: {left}");
        await State.PassAsync(Breath, stop);
        Sample sample = await Sample.TakeAsync(gateway, redis, stop);
        _minutes.Add((sample, fault));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  minute {minute + 1,3}: {traffic.Calls} calls; {sample}; {fault}"));
        traffic.Resume();
        await UntilAsync(started, Minute, stop);
    }

    private static async Task UntilAsync(long started, TimeSpan at, CancellationToken stop)
    {
        TimeSpan left = at - TimeProvider.System.GetElapsedTime(started);
        if (left > TimeSpan.Zero)
            await State.PassAsync(left, stop);
    }
}
