using System.Globalization;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Conservation;

/// <summary>Nothing is lost and nothing is counted twice: all books of a bad hour agree.</summary>
[Collection(Alone.Name)]
[Trait("row", "U13")]
[Trait("req", "P11")]
[Trait("req", "M5")]
[Trait("req", "A9")]
[Trait("category", "conservation")]
[Trait("row", "U9")]
[Trait("row", "S5")]
public class ConservationTests
{
    private const int AtOnce = 24;

    /// <summary>Calls in all; <c>make conservation</c> makes more.</summary>
    private static readonly int Calls = int.Parse(Environment.GetEnvironmentVariable("GATEWAY_CONSERVATION_CALLS") ?? "10000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task MixedCalls_WithFaultsPreemptionsAndDepartures_AllBooksAgree()
    {
        int seed = Random.Shared.Next();
        await using InfluxServer influx = await InfluxServer.StartAsync();
        await using ConservationRig rig = await ConservationRig.StartAsync(options => options with { InfluxdbUrl = influx.Url.OriginalString, InfluxBucket = InfluxServer.Database });

        await rig.Caller.RunAsync(new CallMix(seed).Take(Calls), AtOnce);

        Books books = await rig.CloseAsync();
        await Eventually.TrueAsync(async () => await influx.CountAsync() >= books.Records.Count);
        string told = Describe(seed, books);
        TestContext.Current.TestOutputHelper?.WriteLine(told);
        AssertEventful(books, told);
        IReadOnlyList<string> wrong =
        [
            .. Audit.Of(books),
            .. await InfluxAudit.OfAsync(influx, books.Records),
            .. MetricsAudit.Of(await rig.ScrapeAsync(), books.Records),
            .. await StatsAudit.OfAsync(rig.AskAsync, books.Records),
        ];
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong; {told}\n{string.Join('\n', wrong.Take(20))}");
        await AssertScheduler(rig, books);
    }

    /// <summary>A quiet hour would prove nothing.</summary>
    private static void AssertEventful(Books books, string told)
    {
        int few = Calls / 1000;
        Assert.True(books.Records.Sum(static record => record.Preemptions) > few, $"few preemptions; {told}");
        Assert.True(books.Records.Sum(static record => record.Retries) > few, $"few retries; {told}");
        Assert.All(
            [CacheState.Hit, CacheState.Shared, CacheState.Miss], state => Assert.True(books.Records.Count(state) > few, $"few {state}; {told}"));
        Assert.All(
            [Outcome.Relayed, Outcome.Answered, Outcome.CallerGone, Outcome.UpstreamCut, Outcome.UpstreamReset, Outcome.BodyMalformed, Outcome.Unauthorized, Outcome.RequestLimit, Outcome.QueueFull],
            outcome => Assert.True(books.Records.Count(record => record.Outcome == outcome) > few, $"few {outcome}; {told}"));
        Assert.DoesNotContain(books.Records, static record => record.Outcome is Outcome.Fault or Outcome.Pending or Outcome.SchedulerFault);
    }

    /// <summary>The scheduler keeps books of its own. A shared call may move to a more urgent lane, so only the sums over all of them agree.</summary>
    private static async Task AssertScheduler(ConservationRig rig, Books books)
    {
        SchedulerSnapshot state = await rig.Gateway.Scheduler.SnapshotAsync().Soon();
        Assert.Equal(
            (state.Tiers.Sum(static tier => tier.Granted - tier.Deferred), state.Tiers.Sum(static tier => tier.Retried), state.Tiers.Sum(static tier => tier.WastedTokens)),
            (books.Records.Sum(static record => (long)record.Attempts), books.Records.Sum(static record => (long)record.Retries), books.Records.Sum(static record => record.WastedTokens)));
    }

    private static string Describe(int seed, Books books)
    {
        IEnumerable<string> outcomes = books.Records.CountBy(static record => record.Outcome).OrderByDescending(static pair => pair.Value).Select(static pair => $"{pair.Key} {pair.Value}");
        IEnumerable<string> cached = books.Records.CountBy(static record => record.Cache).Select(static pair => $"{pair.Key} {pair.Value}");
        return $"seed {seed}: {books.Callers.Count} calls, {books.Records.Count} records, {books.Records.Sum(static record => record.Attempts)} attempts, "
            + $"{books.Upstreams.Values.Sum(static calls => calls.Count)} upstream calls, {books.Records.Sum(static record => record.Preemptions)} preemptions, "
            + $"{books.Records.Sum(static record => record.Retries)} retries, {books.Records.Sum(static record => record.OutputTokens ?? 0)} output tokens; "
            + $"{string.Join(", ", outcomes)}; cache: {string.Join(", ", cached)}";
    }
}
