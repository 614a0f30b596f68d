using System.Globalization;
using System.Text.Json.Nodes;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>Two gateways on one Redis that goes: together they go on keeping the limit.</summary>
internal sealed class LocalShare : IScenario
{
    private const int Limit = 200;

    public string Rows => "R7";

    public string Fault => "Redis killed under two gateways with a common limit, ten times of which is offered";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        Server upstream = await world.StartSimulatorAsync(stop);
        Server redis = await world.StartRedisAsync(stop);
        GatewayServer[] gateways = [await StartAsync(), await StartAsync()];
        await Task.WhenAll(gateways.Select(gateway => State.BecomesAsync(
            async () => (await gateway.MetricsAsync(stop)).Sum("gateway_redis_up") == 1, TimeSpan.FromSeconds(10), stop)));

        Tally shared = await BurstAsync(gateways, Limit / 4, "shared", stop);
        await redis.KillAsync(stop);
        Tally alone = await BurstAsync(gateways, 10 * Limit, "alone", stop);
        double factor = (double)(shared.Good + alone.Good) / Limit;
        findings.Tell(string.Create(
            CultureInfo.InvariantCulture, $"{shared.Good} admitted with Redis, {alone.Good} more without: {factor:0.00} times the limit of {Limit}; ends: {alone.Told}"));
        findings.Must(shared.Good == shared.Count, $"below the limit: {shared.Told}");

        // What this minute has used before counts, but a node knows only its own part of it, and a minute may end meanwhile.
        findings.Must(factor <= 1.35, $"{factor:0.00} times the limit");
        findings.Must(alone.Good > 0, "without Redis nobody was admitted");
        findings.Must(alone.Of(static reply => !reply.IsWhole && reply.Status != 429) == 0, alone.Told);

        Task<GatewayServer> StartAsync() => world.StartGatewayAsync(upstream, stop, configuration =>
        {
            configuration.AddRedis(redis);
            configuration["rate_limit"] = new JsonObject { ["requests_per_minute"] = Limit, ["nodes"] = 2 };
        });
    }

    private static async Task<Tally> BurstAsync(GatewayServer[] gateways, int calls, string name, CancellationToken stop)
    {
        Caller[] callers = [.. gateways.Select(static gateway => new Caller(gateway))];
        var tally = new Tally();
        foreach (int[] some in Enumerable.Range(0, calls).Chunk(50))
            await Task.WhenAll(some.Select(async number => tally.Add(await callers[number % 2].ChatAsync(new ChatCall($"{name}-{number}"), stop))));
        Array.ForEach(callers, static caller => caller.Dispose());
        return tally;
    }
}
