using System.Globalization;
using System.Text.Json.Nodes;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>An upstream that refuses everything, under as many callers as the gateway can take.</summary>
internal sealed class Refusals : IScenario
{
    public string Rows => "U5";

    public string Fault => "the upstream answers 503 to everything for 30 s at full load, then recovers";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        Server upstream = await world.StartSimulatorAsync(stop);

        // On one tier, because a call that is interrupted is made again too. The circuit is kept out of the way (no machine makes so many calls a second): what is measured is what is left when nothing else defends the upstream.
        GatewayServer gateway = await world.StartGatewayAsync(upstream, stop, static configuration =>
        {
            configuration["health"] = new JsonObject { ["minimum_calls"] = 100_000, ["interval"] = "1s", ["active"] = false };
            configuration["retries"] = new JsonObject { ["base_delay"] = "20ms", ["failures_per_30s"] = 100_000 };
        });
        using var caller = new Caller(gateway);
        await SimulatorStats.ResetAsync(upstream, stop);
        long started = TimeProvider.System.GetTimestamp();
        Tally storm = await Crowd.ClosedAsync(
            64, world.Seconds(30, 2), (number, cancel) => caller.ChatAsync(new ChatCall($"storm-{number}") { Status = 503 }, cancel), stop);
        double seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        SimulatorStats stats = await SimulatorStats.ReadAsync(upstream, stop);
        Tally after = await Crowd.ClosedAsync(8, world.Seconds(3, 0.5), (number, cancel) => caller.ChatAsync(new ChatCall($"after-{number}"), cancel), stop);

        double factor = (double)stats.Started / storm.Count;
        findings.Tell(string.Create(
            CultureInfo.InvariantCulture, $"{storm.Count} requests, {stats.Started} calls upstream: {factor:0.000} times; callers saw {storm.Told}; afterwards {after.Told}"));

        // Besides, three retries come back every 10 s, of which three are there at the start.
        findings.Must(stats.Started <= (storm.Count * 1.2) + (0.3 * seconds) + 4, $"{factor:0.00} calls a request");
        findings.Must(storm.Of(static reply => reply.Status != 503) == 0, storm.Told);
        findings.Must(stats.BillableStarts == 0, $"{stats.BillableStarts} billable starts");
        findings.Must(after.Good == after.Count, $"afterwards: {after.Told}");
        await Ending.HoldsAsync(gateway, findings, stop);
    }
}
