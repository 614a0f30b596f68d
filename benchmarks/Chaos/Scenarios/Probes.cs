using System.Globalization;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>Everything the gateway talks to is stopped or gone; whoever asks whether it lives is answered at once.</summary>
internal sealed class Probes : IScenario
{
    public string Rows => "M5";

    public string Fault => "upstream killed, Redis and InfluxDB stopped, callers go on: /health and /health/ready meanwhile";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        Server upstream = await world.StartSimulatorAsync(stop);
        Server redis = await world.StartRedisAsync(stop);
        Server influx = await world.StartInfluxAsync(stop);
        GatewayServer gateway = await world.StartGatewayAsync(upstream, stop, configuration =>
        {
            configuration.AddRedis(redis);
            configuration.AddInflux(influx);
            configuration.AddLimits(1_000_000, 1_000_000_000);
            configuration["health"] = new System.Text.Json.Nodes.JsonObject { ["interval"] = "1s", ["break"] = "1s" };
        });
        using var caller = new Caller(gateway);

        // As in every scenario with a clock: what a process does in its first seconds is compiled while it is done.
        Task<Tally> first = Crowd.OpenAsync(50, world.Seconds(3, 0.5), (number, cancel) => caller.ChatAsync(new ChatCall($"first-{number}"), cancel), stop);
        Tally warm = await ProbesAsync(gateway, world.Seconds(3, 0.5), stop);
        await first;
        await upstream.KillAsync(stop);
        redis.Stop();
        influx.Stop();

        TimeSpan length = world.Seconds(6, 1);
        Task<Tally> calling = Crowd.OpenAsync(50, length, (number, cancel) => caller.ChatAsync(new ChatCall($"call-{number}"), cancel), stop);
        Tally probes = await ProbesAsync(gateway, length, stop);
        Tally calls = await calling;
        redis.Continue();
        influx.Continue();
        await upstream.StartAsync(stop);

        findings.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"{probes.Count} probes, all {probes.Told}, p99 {probes.Percentile(0.99):0.0} ms (before: {warm.Percentile(0.99):0.0}); callers: {calls.Told}, median {calls.Percentile(0.5, static _ => true):0.0} ms"));
        findings.Must(probes.Of(static reply => reply.Status != 200) == 0, $"probes: {probes.Told}");
        findings.Must(calls.Of(static reply => reply.Status is not (502 or 503)) == 0, $"callers: {calls.Told}");
        findings.InTime(probes.Percentile(0.99) <= 50, $"probes' p99 is {probes.Percentile(0.99):0} ms");
        await Ending.HoldsAsync(gateway, findings, stop);
    }

    private static Task<Tally> ProbesAsync(GatewayServer gateway, TimeSpan length, CancellationToken stop) =>
        Crowd.OpenAsync(50, length, (number, cancel) => ProbeAsync(gateway, number % 2 == 0 ? "/health" : "/health/ready", cancel), stop);

    private static async Task<Reply> ProbeAsync(GatewayServer gateway, string path, CancellationToken stop)
    {
        long started = TimeProvider.System.GetTimestamp();
        int status = await gateway.StatusAsync(path, stop);
        long at = TimeProvider.System.GetTimestamp();
        return new Reply(path, status, "", TimeProvider.System.GetElapsedTime(started, at), at, 0, status == 200, IsForeign: false);
    }
}
