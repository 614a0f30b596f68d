using System.Globalization;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>A heap that the configured budget for bodies does not fit into.</summary>
internal sealed class SmallHeap : IScenario
{
    private const string Heap = "0x10000000";

    public string Rows => "L4";

    public string Fault => "256 MB of heap (DOTNET_GCHeapHardLimit) and the default budget of 1 GiB: 40 bodies of 20 MB at once, held by a slow upstream";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        Server upstream = await world.StartSimulatorAsync(stop);
        GatewayServer gateway = await world.StartGatewayAsync(
            upstream, stop, environment: new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = Heap });
        using var caller = new Caller(gateway);
        int bodies = world.Pick(40, 20);
        Tally storm = new();
        await Task.WhenAll(Enumerable.Range(0, bodies).Select(number => Task.Run(async () => storm.Add(await caller.ChatAsync(
            new ChatCall($"body-{number}") { PromptLength = 20_000_000, TtftMs = 200, Tier = 3 }, stop)), stop)));

        findings.Must(gateway.Server.IsRunning, $"the gateway has ended: {gateway.Server.Tail}");
        TimeSpan? healed = await State.BecomesAsync(
            async () => (await caller.ChatAsync(new ChatCall("again"), stop)).IsWhole, TimeSpan.FromSeconds(20), stop);
        findings.Tell(string.Create(CultureInfo.InvariantCulture, $"{storm.Told}; well again after {healed?.TotalSeconds ?? -1:0.0} s"));
        findings.Must(storm.Of(static reply => reply.Status == 500) == 0, "callers saw 500");
        findings.InTime(healed <= TimeSpan.FromSeconds(10), "not well again within 10 s");
        await Ending.HoldsAsync(gateway, findings, stop);
    }
}
