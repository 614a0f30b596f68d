using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>kill -9 in the middle of everything, over and over.</summary>
internal sealed class KillLoop : IScenario
{
    private const int Callers = 12;

    /// <summary>On a machine so slow that a start takes seconds there are fewer rounds: the suite must end.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(150);

    /// <summary>The last one that is started finds at most what all the others have left, and is done with it in less.</summary>
    private static readonly TimeSpan Sent = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<Reply> _replies = new();

    /// <summary>How many calls had been made when each round was over.</summary>
    private readonly List<int> _rounds = [];
    private int _asked;

    public string Rows => "L2/U13";

    public string Fault => "kill -9 of the gateway under mixed load (preemptions, retries, aborts, cache, limits), 100 times";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        int rounds = world.Pick(100, 3);
        Server upstream = await world.StartSimulatorAsync(stop);
        Server redis = await world.StartRedisAsync(stop);
        Server influx = await world.StartInfluxAsync(stop);
        GatewayServer gateway = world.Gateway(upstream, configuration =>
        {
            configuration.AddRedis(redis);
            configuration.AddInflux(influx);
            configuration.AddLimits(10_000_000, 1_000_000_000);
            configuration["cache"] = new JsonObject { ["ttl"] = "10m" };
        });
        var random = new Random(rounds);
        int done = 0;
        for (long started = TimeProvider.System.GetTimestamp(); done < rounds && TimeProvider.System.GetElapsedTime(started) < Longest; done++)
        {
            await gateway.Server.StartAsync(stop);
            await RoundAsync(gateway, random, isLong: done % 5 == 0, stop);
        }

        // The last one lives, and finds what the others have left.
        await gateway.Server.StartAsync(stop);
        (int lost, int most, int doubles) = await RecordsAsync(influx, findings, stop);
        int wrong = await CachedAsync(gateway, stop);
        int inFlight = done * Callers;
        int answered = _replies.Count(static reply => reply.Status > 0);
        findings.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"{done} kills, {_asked} calls, {answered} answered; records: {doubles} doubled, {lost} of the answered lost, at most {most} by a kill, of {Callers} under way; {wrong} bad cache entries"));
        findings.Must(doubles == 0, $"{doubles} requests have two records");
        findings.Must(most <= Callers, $"a kill lost {most} records, and {Callers} requests were under way");
        findings.Must(wrong == 0, $"{wrong} entries of the cache are broken");
        findings.Must(answered > done, $"only {answered} answers");
        findings.Must(_replies.All(static reply => !reply.IsForeign), "an answer was somebody else's");
        findings.Must(_asked - answered <= inFlight, $"{_asked - answered} calls without an answer, of at most {inFlight} under way at a kill");
        await Ending.HoldsAsync(gateway, findings, stop);
    }

    private async Task RoundAsync(GatewayServer gateway, Random random, bool isLong, CancellationToken stop)
    {
        using var caller = new Caller(gateway);
        int target = _asked + random.Next(30, 150);
        bool isOver = false;
        Task calling = Task.WhenAll(Enumerable.Range(0, Callers).Select(number => Task.Run(async () =>
        {
            var own = new Random(target + number);
            while (!Volatile.Read(ref isOver))
            {
                Reply reply = await caller.ChatAsync(Call(own), stop);
                _replies.Enqueue(reply);
                if (reply.Status == 0)
                    return;
            }
        }, stop)));

        // As long as the calls take, and no longer than a round may.
        await State.BecomesAsync(() => Task.FromResult(Volatile.Read(ref _asked) >= target), TimeSpan.FromSeconds(5), stop);
        if (isLong)
        {
            // Records leave in batches: some rounds live to see one arrive.
            await State.BecomesAsync(
                async () => (await gateway.MetricsAsync(stop)).Sum("gateway_influxdb_points_total", "result=\"delivered\"") > 0, TimeSpan.FromSeconds(5), stop);
        }

        await gateway.Server.KillAsync(stop);
        Volatile.Write(ref isOver, true);
        await calling;
        _rounds.Add(_asked);
    }

    private ChatCall Call(Random random)
    {
        var call = new ChatCall($"kill-{Interlocked.Increment(ref _asked)}") { Tier = random.Next(1, 4), TtftMs = random.Next(20), Tokens = random.Next(1, 10) };
        return random.Next(8) switch
        {
            0 => call with { IsStream = true },
            1 or 2 => call with { IsCacheable = true, Subject = $"subject {random.Next(100)}" },
            3 => call with { Status = 503 },
            4 => call with { Fail = "reset-before-headers" },
            _ => call,
        };
    }

    /// <summary>What was answered and has no record can only have been under way: the last byte was out, and the record not made yet.</summary>
    private async Task<(int Lost, int Most, int Doubles)> RecordsAsync(Server influx, Findings findings, CancellationToken stop)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        List<string> written = [];
        Reply[] lost = [];
        await State.BecomesAsync(async () =>
        {
            written = [.. (await InfluxQuery.RequestIdsAsync(influx, client, stop)).Where(static id => id.StartsWith("kill-", StringComparison.Ordinal))];
            HashSet<string> distinct = [.. written];
            lost = [.. _replies.Where(reply => reply.Status > 0 && !distinct.Contains(reply.Id))];
            return MostOf(lost) <= Callers;
        }, Sent, stop);
        findings.Must(written.Count > 0, "no record was written at all");
        return (lost.Length, MostOf(lost), written.Count - written.Distinct().Count());
    }

    /// <summary>By the round of their calls.</summary>
    private int MostOf(IEnumerable<Reply> lost) =>
        lost.CountBy(reply => _rounds.FindIndex(end => NumberOf(reply.Id) <= end)).Select(static round => round.Value).DefaultIfEmpty().Max();

    private static int NumberOf(string id) => int.Parse(id["kill-".Length..], CultureInfo.InvariantCulture);

    /// <summary>Everything that could have been kept is asked for again: what comes is whole.</summary>
    private static async Task<int> CachedAsync(GatewayServer gateway, CancellationToken stop)
    {
        using var caller = new Caller(gateway);
        Reply[] replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(number => caller.ChatAsync(
            new ChatCall($"cached-{number}") { IsCacheable = true, Subject = $"subject {number}" }, stop)));
        return replies.Count(static reply => !reply.IsWhole);
    }
}
