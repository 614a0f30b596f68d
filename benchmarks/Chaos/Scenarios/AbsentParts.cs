using System.Globalization;
using System.Text.Json.Nodes;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>The gateway is there first; everything it talks to comes later, in every order.</summary>
internal sealed class AbsentParts : IScenario
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Rows => "L5/M5";

    public string Fault => "Redis, InfluxDB and upstream absent at the start, then coming in each of the six orders";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        int[][] orders = world.IsFull ? [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] : [[2, 1, 0]];
        var slowest = TimeSpan.Zero;
        foreach (int[] order in orders)
        {
            Server[] parts = [world.Redis(), world.Influx(), world.Simulator()];
            GatewayServer gateway = await world.StartGatewayAsync(parts[2], stop, configuration =>
            {
                configuration.AddRedis(parts[0]);
                configuration.AddInflux(parts[1]);
                configuration.AddLimits(1_000_000, 1_000_000_000);
                configuration["retries"] = new JsonObject { ["max_retries"] = 0 };
                configuration["health"] = new JsonObject { ["interval"] = "1s", ["break"] = "1s" };
            });
            await DegradedAsync(gateway, findings, stop);
            foreach (int part in order)
            {
                await parts[part].StartAsync(stop);
                TimeSpan? healed = await State.BecomesAsync(() => IsWellAsync(part, gateway, parts[part], stop), Patience, stop);
                findings.Must(healed is not null, $"part {part} of order {string.Join("", order)} is not found again");
                slowest = healed > slowest ? healed.Value : slowest;
            }

            await Ending.HoldsAsync(gateway, findings, stop);
            foreach (Server server in (Server[])[gateway.Server, .. parts])
                await server.DisposeAsync();
        }

        findings.Tell(string.Create(CultureInfo.InvariantCulture, $"{orders.Length} of {orders.Length} starts; each part in use at most {slowest.TotalSeconds:0.0} s after it came"));
        findings.InTime(slowest <= TimeSpan.FromSeconds(15), $"a part was in use only {slowest.TotalSeconds:0.0} s after it came");
    }

    /// <summary>It lives, takes requests, and says that it cannot serve them.</summary>
    private static async Task DegradedAsync(GatewayServer gateway, Findings findings, CancellationToken stop)
    {
        using var caller = new Caller(gateway);
        Reply reply = await caller.ChatAsync(new ChatCall("nobody is there"), stop);
        findings.Must(reply.Status is 502 or 503, $"without an upstream: {reply.Status} {reply.Code}");
        findings.Must(await gateway.StatusAsync("/health", stop) == 200, "/health is not 200");
        findings.Must((await gateway.MetricsAsync(stop)).Sum("gateway_redis_up") == 0, "Redis is said to be up");
    }

    private static async Task<bool> IsWellAsync(int part, GatewayServer gateway, Server server, CancellationToken stop)
    {
        using var caller = new Caller(gateway);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        switch (part)
        {
            case 0:
                return (await gateway.MetricsAsync(stop)).Sum("gateway_redis_up") == 1;
            case 1:
                await InfluxQuery.CreateAsync(server, client, stop);
                await caller.ChatAsync(new ChatCall("seen"), stop);
                return (await InfluxQuery.RequestIdsAsync(server, client, stop)).Contains("seen");
            default:
                return (await caller.ChatAsync(new ChatCall("served"), stop)).IsWhole;
        }
    }
}
