using System.Text.Json;
using Chaos.Processes;

namespace Chaos.Calling;

/// <summary>What the upstream has seen.</summary>
internal sealed record SimulatorStats(int Live, int MaxLive, long Started, long Completed, long Aborted, long BillableStarts, long TokensOut)
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(20) };

    public static async Task<SimulatorStats> ReadAsync(Server simulator, CancellationToken stop)
    {
        JsonElement stats = JsonElement.Parse(await Client.GetStringAsync(simulator.At("/sim/stats"), stop));
        return new SimulatorStats(
            (int)Number("live"), (int)Number("max_live"), Number("started"), Number("completed"), Number("aborted"), Number("billable_starts"), Number("tokens_out"));

        long Number(string name) => stats.GetProperty(name).GetInt64();
    }

    public static async Task ResetAsync(Server simulator, CancellationToken stop)
    {
        using HttpResponseMessage answer = await Client.PostAsync(simulator.At("/sim/reset"), content: null, stop);
        answer.EnsureSuccessStatusCode();
    }
}
