using System.Globalization;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>A Redis that hangs, is full, and is gone: limits and cache go on without it, and come back with it.</summary>
internal sealed class RedisTrouble : IScenario
{
    private const int Callers = 4;

    /// <summary>The most that a request may wait for Redis, milliseconds.</summary>
    private const double MostAdded = 50;

    /// <summary>So long after a fault nobody waits any more.</summary>
    private static readonly TimeSpan Opening = TimeSpan.FromSeconds(1);

    public string Rows => "R6/R7/R8";

    public string Fault => "Redis: SIGSTOP, DEBUG SLEEP 3, memory full, FLUSHALL, kill -9 and restart, under load";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        Server upstream = await world.StartSimulatorAsync(stop);
        Server redis = await world.StartRedisAsync(stop, "--enable-debug-command", "yes");
        GatewayServer gateway = await world.StartGatewayAsync(upstream, stop, configuration =>
        {
            configuration.AddRedis(redis);
            configuration.AddLimits(10_000_000, 1_000_000_000);
        });
        using var caller = new Caller(gateway);
        await State.BecomesAsync(() => IsUpAsync(gateway, stop), TimeSpan.FromSeconds(10), stop);
        await LoadAsync(caller, world.Seconds(2, 0.5), "warm", stop);
        Tally before = await LoadAsync(caller, world.Seconds(4, 0.5), "before", stop);
        findings.Tell(string.Create(CultureInfo.InvariantCulture, $"p99 before {before.Percentile(0.99):0.0} ms"));

        TimeSpan length = world.Seconds(4, 1);
        await DuringAsync("stopped", async () => { redis.Stop(); await State.PassAsync(length, stop); redis.Continue(); });
        await DuringAsync("sleeping", async () => { _ = RedisQuery.AskAsync(redis, "DEBUG SLEEP 3", stop); await State.PassAsync(length, stop); });
        await DuringAsync("full", async () =>
        {
            await RedisQuery.AskAsync(redis, "CONFIG SET maxmemory 1", stop);
            await State.PassAsync(length, stop);
            await RedisQuery.AskAsync(redis, "CONFIG SET maxmemory 0", stop);
        });
        await DuringAsync("flushed", async () => { await RedisQuery.AskAsync(redis, "FLUSHALL", stop); await RedisQuery.AskAsync(redis, "SCRIPT FLUSH", stop); });
        await DuringAsync("killed", async () => { await redis.KillAsync(stop); await State.PassAsync(length, stop); await redis.StartAsync(stop); });
        await Ending.HoldsAsync(gateway, findings, stop);

        async Task DuringAsync(string name, Func<Task> fault)
        {
            long broken = TimeProvider.System.GetTimestamp();
            Task<Tally> calling = LoadAsync(caller, length + world.Seconds(1, 0.5), name, stop);
            await fault();
            TimeSpan? back = await State.BecomesAsync(() => IsUpAsync(gateway, stop), TimeSpan.FromSeconds(20), stop);
            Tally tally = await calling;

            // Those who come before the breaker opens may wait.
            double later = tally.Percentile(0.99, reply => reply.IsWhole && reply.BeganAfter(broken) > Opening);
            int waited = tally.Of(reply => reply.Took.TotalMilliseconds > before.Percentile(0.99) + (MostAdded / 2));
            double added = tally.Percentile(1) - before.Percentile(1);
            findings.Tell(string.Create(
                CultureInfo.InvariantCulture, $"{name}: {tally.Count} calls, {tally.Count - tally.Good} errors, {waited} waited, later p99 {later:0.0} ms, longest {tally.Percentile(1):0} ms, back after {back?.TotalSeconds ?? -1:0.0} s"));
            findings.Must(tally.Good == tally.Count, $"{name}: {tally.Told}");
            findings.Must(back is not null, $"{name}: not in use again");
            findings.InTime(back <= TimeSpan.FromSeconds(5), $"{name}: in use again after {back?.TotalSeconds:0.0} s");
            findings.InTime(added <= MostAdded + 50, $"{name}: the longest call took {added:0} ms more than before");
            findings.InTime(later <= before.Percentile(0.99) + (MostAdded / 2), $"{name}: p99 of those who came after {Opening.TotalSeconds:0} s went from {before.Percentile(0.99):0.0} to {later:0.0} ms");
        }
    }

    private static Task<Tally> LoadAsync(Caller caller, TimeSpan length, string name, CancellationToken stop) => Crowd.OpenAsync(
        25 * Callers, length, (number, cancel) => caller.ChatAsync(new ChatCall($"{name}-{number}") { IsCacheable = number % 4 == 0, Subject = $"{name} {number}" }, cancel), stop);

    private static async Task<bool> IsUpAsync(GatewayServer gateway, CancellationToken stop) => (await gateway.MetricsAsync(stop)).Sum("gateway_redis_up") == 1;
}
