using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>What holds at the end of every scenario.</summary>
internal static class Ending
{
    /// <summary>The gateway lives, serves, and holds nothing.</summary>
    public static async Task HoldsAsync(GatewayServer gateway, Findings findings, CancellationToken stop)
    {
        findings.Must(gateway.Server.IsRunning, $"the gateway has ended: {gateway.Server.Tail}");
        if (!gateway.Server.IsRunning)
            return;
        using var caller = new Caller(gateway);
        Reply last = default;
        TimeSpan? served = await State.BecomesAsync(
            async () => (last = await caller.ChatAsync(new ChatCall("last"), stop)).IsWhole, TimeSpan.FromSeconds(10), stop);
        findings.Must(served is not null, $"10 s later it still answers {last.Status} {last.Code}");
        string left = await gateway.RestAsync(stop);
        findings.Must(left.Length == 0, $"left under way: {left}");
        findings.Must((await gateway.MetricsAsync(stop)).Sum("gateway_requests_total", "fault\"") == 0, "a request ended in a fault of the gateway's own");
    }
}
