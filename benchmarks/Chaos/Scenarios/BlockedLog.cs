using System.Globalization;
using System.Text.Json.Nodes;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>A log that nobody reads, while everything fails.</summary>
internal sealed class BlockedLog : IScenario
{
    public string Rows => "M4";

    public string Fault => "storm of failing calls, the log in a pipe whose reader has stopped; then into a file";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        Server upstream = await world.StartSimulatorAsync(stop);
        string pipe = Path.Combine(world.Folder, "log.pipe");

        // The reader holds the pipe open and never reads. It must not hold the gateway's own output, or nobody sees that it has ended.
        GatewayServer blocked = await world.StartGatewayAsync(
            upstream, stop, Open, before: ["sh", "-c", $"mkfifo '{pipe}'; sleep 120 <'{pipe}' >/dev/null 2>&1 & exec \"$@\" >'{pipe}'", "sh"]);

        // Both hold it open. By its name, whoever searches the files afterwards would wait in it for ever.
        File.Delete(pipe);
        GatewayServer free = await world.StartGatewayAsync(upstream, stop, Open);
        (Tally storm, Tally good) = await StormAsync(blocked, world, stop);
        (Tally freeStorm, Tally freeGood) = await StormAsync(free, world, stop);

        Exposition metrics = await blocked.MetricsAsync(stop);
        double dropped = metrics.Sum("gateway_log_dropped_total");
        string log = await File.ReadAllTextAsync(Path.Combine(free.Server.Folder, "log/output.log"), stop);
        int lines = log.Count(static character => character == '\n');
        findings.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"{storm.Count} failures, {dropped} lines dropped, others' p99 {good.Percentile(0.99):0.0} ms (log read: {freeGood.Percentile(0.99):0.0} ms); into a file {lines} lines for {freeStorm.Count} failures and {freeGood.Count} others"));
        findings.Must(good.Good == good.Count && freeGood.Good == freeGood.Count, $"others saw {good.Told}; {freeGood.Told}");
        findings.Must(storm.Of(static reply => reply.Status is not (503 or 429)) == 0, $"the storm saw {storm.Told}");
        findings.Must(!log.Contains("   at ", StringComparison.Ordinal), "a stack trace in the log");
        findings.Must(lines < (freeStorm.Count + freeGood.Count) * 1.2, $"{lines} lines");
        findings.InTime(good.Percentile(0.5) <= (freeGood.Percentile(0.5) * 1.5) + 10, $"others take {good.Percentile(0.5):0.0} ms");
        await Ending.HoldsAsync(blocked, findings, stop);
        await Ending.HoldsAsync(free, findings, stop);
    }

    /// <summary>The storm must not close the instance to the others: it does not while a single one of them succeeds, however many calls the storm has.</summary>
    private static void Open(JsonObject configuration)
    {
        configuration["health"] = new JsonObject { ["minimum_calls"] = 100_000, ["failure_ratio"] = 1, ["active"] = false };
        configuration["retries"] = new JsonObject { ["max_retries"] = 0 };
    }

    private static async Task<(Tally Storm, Tally Good)> StormAsync(GatewayServer gateway, World world, CancellationToken stop)
    {
        using var caller = new Caller(gateway);
        TimeSpan length = world.Seconds(8, 1);
        Task<Tally> storm = Crowd.ClosedAsync(32, length, (number, cancel) => caller.ChatAsync(new ChatCall($"storm-{number}") { Tier = 3, Status = 503 }, cancel), stop);
        Task<Tally> good = Crowd.OpenAsync(20, length, (number, cancel) => caller.ChatAsync(new ChatCall($"good-{number}"), cancel), stop);
        await Task.WhenAll(storm, good);
        return (await storm, await good);
    }
}
