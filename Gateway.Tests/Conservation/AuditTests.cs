using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Conservation;

/// <summary>An audit that finds nothing must be one that would have.</summary>
[Trait("row", "U13")]
public class AuditTests
{
    private const int Calls = 200;
    private const int AtOnce = 8;

    [Fact]
    public async Task Audit_OfBooksThatWereTamperedWith_FindsIt()
    {
        await using ConservationRig rig = await ConservationRig.StartAsync();
        await rig.Caller.RunAsync(new CallMix(seed: 13).Take(Calls), AtOnce);
        Books books = await rig.CloseAsync();
        Exposition metrics = await rig.ScrapeAsync();
        Assert.Empty(Audit.Of(books));
        Assert.Empty(MetricsAudit.Of(metrics, books.Records));

        AccessRecord record = books.Records.First(static record => record is { Attempts: 1, Cache: not CacheState.Miss, OutputTokens: > 0 });
        AccessRecord[] withoutIt = [.. books.Records.Where(other => other != record)];
        Assert.NotEmpty(Audit.Requests(books with { Records = withoutIt }));
        Assert.NotEmpty(Audit.Requests(books with { Records = [.. books.Records, record] }));
        Assert.NotEmpty(Audit.Requests(books with { Callers = [.. books.Callers.Where(view => view.Call.Id != record.RequestId)] }));
        Assert.NotEmpty(Audit.Calls(books with { Records = withoutIt }));
        Assert.NotEmpty(Audit.Calls(books with { Upstreams = Without(books, record.RequestId) }));
        Assert.NotEmpty(MetricsAudit.Of(metrics, withoutIt));
        Assert.NotEmpty(await StatsAudit.OfAsync(rig.AskAsync, withoutIt));

        record.OutputTokens++;
        Assert.NotEmpty(Audit.Tokens(books));
        Assert.NotEmpty(MetricsAudit.Of(metrics, books.Records));
        Assert.NotEmpty(await StatsAudit.OfAsync(rig.AskAsync, books.Records));
    }

    private static Dictionary<string, IReadOnlyList<CallRecord>> Without(Books books, string id) => books.Upstreams.ToDictionary(
        static upstream => upstream.Key, upstream => (IReadOnlyList<CallRecord>)[.. upstream.Value.Where(call => call.Nonce != id)]);
}
