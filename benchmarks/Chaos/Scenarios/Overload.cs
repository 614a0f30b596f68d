using System.Globalization;
using System.Text.Json.Nodes;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>
/// More and more is offered to an upstream that can do so much: what is served stays what it was, the rest is refused at once, and who is most
/// urgent notices nothing.
/// </summary>
internal sealed class Overload : IScenario
{
    private const int CallMs = 100;

    /// <summary>Calls a second that the slots allow.</summary>
    private const double Capacity = 1000.0 / CallMs * GatewayConfiguration.Slots;

    /// <summary>A share of the capacity that is urgent at every step.</summary>
    private const double UrgentShare = 0.2;

    public string Rows => "S6";

    public string Fault => "0.5 to 10 times what the upstream can do is offered, a fifth of its capacity in urgent calls";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        Server upstream = await world.StartSimulatorAsync(stop);
        GatewayServer gateway = await world.StartGatewayAsync(upstream, stop, static configuration =>
            configuration["scheduling"] = new JsonObject { ["max_queue_length"] = 40, ["queue_timeout"] = "20s" });
        using var caller = new Caller(gateway);
        TimeSpan length = world.Seconds(8, 2);
        await StepAsync(caller, upstream, 1, world.Seconds(3, 0.5), stop);

        double[] factors = world.IsFull ? [0.5, 1, 2, 5, 10] : [1, 10];
        var steps = new List<OverloadStep>();
        foreach (double factor in factors)
            steps.Add(await StepAsync(caller, upstream, factor, length, stop));

        double peak = steps.Max(static step => step.Goodput);
        OverloadStep last = steps[^1];
        findings.Tell(string.Join(", ", steps.Select(static step => string.Create(CultureInfo.InvariantCulture, $"{step.Factor}x: {step.Goodput:0}/s good"))));
        findings.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"at 10x {last.Goodput / peak:P0} of the peak; refused in {last.RefusedP50:0.0} ms median, {last.RefusedP99:0.0} ms p99; urgent ones waited {last.UrgentWaitP50:0.0} ms median, {last.UrgentWaitP99:0.0} ms p99 (at {steps[0].Factor}x {steps[0].UrgentWaitP99:0.0}); urgent served {last.UrgentGood:P0}, lowest tier {last.LowestGood:P0}"));
        findings.Must(last.Refused > 0, "nothing was refused");
        findings.Must(steps.All(static step => step.Odd.Length == 0), $"odd ends: {string.Join("; ", steps.Select(static step => step.Odd))}");
        findings.Must(last.UrgentGood >= 0.99, $"only {last.UrgentGood:P0} of the urgent ones were served");
        findings.Must(last.LowestGood < last.MiddleGood || last.MiddleGood < last.UrgentGood, "the lower tiers were not shed first");
        findings.InTime(last.Goodput >= 0.9 * peak, $"goodput fell to {last.Goodput / peak:P0}");
        findings.InTime(last.RefusedP50 <= 10, $"refused in {last.RefusedP50:0.0} ms");
        findings.InTime(last.UrgentWaitP50 <= steps[0].UrgentWaitP50 + 5, $"urgent ones wait {last.UrgentWaitP50:0.0} ms");
        findings.InTime(last.UrgentWaitP99 <= steps[0].UrgentWaitP99 + 25, $"one in 100 urgent ones waits {last.UrgentWaitP99:0.0} ms");
        await Ending.HoldsAsync(gateway, findings, stop);
    }

    private static async Task<OverloadStep> StepAsync(Caller caller, Server upstream, double factor, TimeSpan length, CancellationToken stop)
    {
        double urgent = Capacity * UrgentShare;
        double rest = Math.Max(0, (factor * Capacity) - urgent) / 2;
        await SimulatorStats.ResetAsync(upstream, stop);
        long started = TimeProvider.System.GetTimestamp();
        Tally[] tiers = await Task.WhenAll(Offer(1, urgent), Offer(2, rest), Offer(3, rest));
        return new OverloadStep(factor, tiers, TimeProvider.System.GetElapsedTime(started));

        Task<Tally> Offer(int tier, double perSecond) => Crowd.OpenAsync(
            perSecond, length, (number, cancel) => caller.ChatAsync(new ChatCall($"tier-{tier}-{factor}-{number}") { Tier = tier, TtftMs = CallMs }, cancel), stop);
    }
}
