using System.Globalization;
using System.Text.Json.Nodes;
using Chaos.Calling;
using Chaos.Processes;
using Load.Driver.Processes;

namespace Chaos.Scenarios;

/// <summary>An orchestrator's way of ending a gateway that is at work.</summary>
internal sealed class Drain : IScenario
{
    private const int LimitSeconds = 10;

    /// <summary>Until all streams have begun, on a machine that others use.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public string Rows => "L1";

    public string Fault => "SIGTERM with 100 live streams, half of which end before the drain limit; then a second SIGTERM on another";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        int half = world.Pick(50, 5);
        Server upstream = await world.StartSimulatorAsync(stop);
        await FirstAsync(world, upstream, half, findings, stop);
        await SecondAsync(world, upstream, half, findings, stop);
    }

    private static async Task FirstAsync(World world, Server upstream, int half, Findings findings, CancellationToken stop)
    {
        GatewayServer gateway = await StartAsync(world, upstream, stop);
        using var caller = new Caller(gateway);
        Task<Reply>[] ending = Streams(caller, "short", half, seconds: 2, stop);
        Task<Reply>[] endless = Streams(caller, "long", half, seconds: 60, stop);
        await State.BecomesAsync(async () => (await SimulatorStats.ReadAsync(upstream, stop)).BillableStarts >= 2 * half, Patience, stop);

        long signalled = TimeProvider.System.GetTimestamp();
        gateway.Server.Signal(LibC.Terminate);
        TimeSpan? unready = await State.BecomesAsync(async () => await gateway.StatusAsync("/health/ready", stop) == 503, TimeSpan.FromSeconds(5), stop);
        int alive = await gateway.StatusAsync("/health", stop);
        Reply refused = await caller.ChatAsync(new ChatCall("late"), stop);
        int code = await gateway.Server.ExitAsync(TimeSpan.FromSeconds(LimitSeconds + 20), stop);
        TimeSpan took = TimeProvider.System.GetElapsedTime(signalled);
        Reply[] finished = await Task.WhenAll(ending);
        Reply[] ended = await Task.WhenAll(endless);

        int whole = finished.Count(static reply => reply.IsWhole);
        int told = ended.Count(static reply => reply.Code == "draining");
        findings.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"{half - whole} of {half} lost before the limit, {told} of {half} told at the limit; unready after {unready?.TotalMilliseconds ?? -1:0} ms; exit {code} after {took.TotalSeconds:0.0} s (limit {LimitSeconds})"));
        findings.Must(unready is not null, "readiness stays");
        findings.Must(alive == 200, $"/health answers {alive} while it drains");
        findings.Must(refused is { Status: 503, Code: "draining" }, $"new work: {refused.Status} {refused.Code}");
        findings.InTime(whole == half, $"{half - whole} streams lost");
        findings.Must(told == half, $"{half - told} streams end without an error event");
        findings.Must(code == 0, $"exit code {code}");
        findings.InTime(took <= TimeSpan.FromSeconds(LimitSeconds + 2), $"exit after {took.TotalSeconds:0.0} s");
    }

    private static async Task SecondAsync(World world, Server upstream, int half, Findings findings, CancellationToken stop)
    {
        GatewayServer gateway = await StartAsync(world, upstream, stop);
        using var caller = new Caller(gateway);
        await SimulatorStats.ResetAsync(upstream, stop);
        Task<Reply>[] endless = Streams(caller, "long", half, seconds: 60, stop);
        await State.BecomesAsync(async () => (await SimulatorStats.ReadAsync(upstream, stop)).BillableStarts >= half, Patience, stop);
        gateway.Server.Signal(LibC.Terminate);
        await State.BecomesAsync(async () => await gateway.StatusAsync("/health/ready", stop) == 503, TimeSpan.FromSeconds(5), stop);
        long signalled = TimeProvider.System.GetTimestamp();
        gateway.Server.Signal(LibC.Terminate);
        await gateway.Server.ExitAsync(TimeSpan.FromSeconds(20), stop);
        TimeSpan took = TimeProvider.System.GetElapsedTime(signalled);
        Reply[] ended = await Task.WhenAll(endless);
        int told = ended.Count(static reply => reply.Code == "draining");
        findings.Tell(string.Create(CultureInfo.InvariantCulture, $"second SIGTERM: exit after {took.TotalSeconds:0.0} s, {told} of {half} told"));
        findings.Must(told == half, $"second signal: {half - told} streams end without an error event: {ended[^1].Status} {ended[^1].Code}");
        findings.InTime(took <= TimeSpan.FromSeconds(5), $"second signal: exit after {took.TotalSeconds:0.0} s");
    }

    private static Task<GatewayServer> StartAsync(World world, Server upstream, CancellationToken stop) => world.StartGatewayAsync(upstream, stop, static configuration =>
    {
        configuration.SetSlots(500);
        configuration["limits"] = new JsonObject { ["drain_timeout"] = $"{LimitSeconds}s" };
    });

    private static Task<Reply>[] Streams(Caller caller, string name, int count, int seconds, CancellationToken stop) =>
        [.. Enumerable.Range(0, count).Select(i => caller.ChatAsync(new ChatCall($"{name}-{i}") { IsStream = true, Tokens = 20 * seconds, Pace = 20, Tier = 3 }, stop))];
}
