using System.Net;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Who may interrupt whom, and what becomes of the one that was interrupted.</summary>
public class PreemptionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("req", "P5")]
    [Trait("req", "P4")]
    public async Task PlainCall_Preempted_IsSentAgainWholeAndAnsweredOnce(int slots)
    {
        await using Rig rig = await Rig.StartAsync(slots);
        Task<HttpResponseMessage>[] low = [.. Enumerable.Range(0, slots).Select(i => rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Post, $"/v1/chat/completions?i={i}&x=%2F&&y", Rig.Json($$"""{ "model":"batch",  "i":{{i}}, "messages":[] }"""),
            $"x-sim-nonce: low-{i}", "x-sim-fail: hang", "x-sim-fail-times: 1")))];
        await rig.WaitUntil(stats => stats.BillableStarts == slots);

        Task<HttpResponseMessage>[] high = await rig.HoldAsync(Rig.Urgent, slots);
        rig.Held.ReleaseAll();

        foreach (HttpResponseMessage answer in await Task.WhenAll(high).Soon())
        {
            Assert.Equal((HttpStatusCode.OK, "1"), (answer.StatusCode, answer.Header("x-gateway-attempts")));
        }

        for (int i = 0; i < slots; i++)
        {
            HttpResponseMessage answer = await low[i].Soon();
            Assert.Equal((HttpStatusCode.OK, "2"), (answer.StatusCode, answer.Header("x-gateway-attempts")));
            Assert.Equal($"fp_low-{i}", (await answer.JsonAsync()).GetProperty("system_fingerprint").GetString());
            RecordedRequest[] sent = [.. rig.Upstream.Requests.Where(request => request.Header("x-sim-nonce")[0] == $"low-{i}")];
            Assert.Equal(2, sent.Length);
            Assert.Equal(sent[0].RawTarget, sent[1].RawTarget);
            Assert.Equal(sent[0].Body, sent[1].Body);
            Assert.Equal(sent[0].Headers, sent[1].Headers);
        }

        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAndBilledAsync(2 * slots, slots);
        Assert.Equal(slots, records.Count(static record => record is
        {
            Preemptions: 1,
            Attempts: 2,
            Outcome: Outcome.Relayed,
            Calls: [{ Number: 1, End: AttemptEnd.Preempted, PreemptedBy: 1 }, { Number: 2, End: AttemptEnd.Answered, PreemptedBy: null, Status: 200 }],
        }));
    }

    [Fact]
    [Trait("req", "P5")]
    public async Task Preempted_OthersOfItsTierWait_KeepsItsPlaceBeforeThem()
    {
        await using Rig rig = await Rig.StartAsync();
        List<Task<HttpResponseMessage>> calls = [rig.StuckAsync(Rig.Batch, "first")];
        await rig.WaitUntil(static stats => stats.BillableStarts == 1);
        calls.Add(rig.ChatAsync(Rig.Batch, "second"));
        await rig.WaitForDepthAsync(1);
        calls.Add(rig.ChatAsync(Rig.Batch, "third"));
        await rig.WaitForDepthAsync(2);

        calls.Add(rig.ChatAsync(Rig.Urgent, "urgent"));
        await Task.WhenAll(calls).Soon();

        Assert.Equal(["first", "urgent", "first", "second", "third"], rig.Upstream.Calls.Select(static call => call.Nonce));
        await rig.AssertQuietAndBilledAsync(4, 1);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [Trait("req", "P5")]
    [Trait("row", "S4")]
    public async Task Preempted_AsOftenAsAllowed_ThenRunsToItsEnd(int allowed)
    {
        await using Rig rig = await Rig.StartAsync(1, options => options with { Scheduling = options.Scheduling with { MaxPreemptions = allowed } });
        Task<HttpResponseMessage> low = rig.ChatAsync(Rig.Batch, "held-low");
        for (int i = 0; i < allowed; i++)
        {
            await rig.WaitForLiveAsync(Rig.Batch, 1);
            (await rig.ChatAsync(Rig.Urgent, $"high-{i}").Soon()).Dispose();
        }

        await rig.WaitForLiveAsync(Rig.Batch, 1);
        Task<HttpResponseMessage> last = rig.ChatAsync(Rig.Urgent, "last");
        SchedulerSnapshot state = await rig.WaitForDepthAsync(1);
        Assert.Equal(0, Assert.Single(state.Instances).Ending);
        rig.Held.Release("held-low");

        Assert.Equal(HttpStatusCode.OK, (await low.Soon()).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await last.Soon()).StatusCode);
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(allowed + 2, 1);
        Assert.Single(records, record => record.Preemptions == allowed && record.Attempts == allowed + 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("req", "P4")]
    public async Task NonPreemptivePort_LowerWorkRuns_WaitsForItsEnd(int slots)
    {
        await using Rig rig = await Rig.StartAsync(slots, static options => options with
        {
            Endpoints = [options.Endpoints[0] with { Preemptive = false }, options.Endpoints[1] with { Preemptive = false }, options.Endpoints[2]],
        });
        Task<HttpResponseMessage>[] low = await rig.HoldAsync(Rig.Batch, slots);

        Task<HttpResponseMessage> high = rig.ChatAsync(Rig.Urgent, "high");
        SchedulerSnapshot state = await rig.WaitForDepthAsync(1);

        Assert.Equal(0, Assert.Single(state.Instances).Ending);
        rig.Held.ReleaseAll();
        await Task.WhenAll([.. low, high]).Soon();
        Assert.All(await rig.AssertQuietAndBilledAsync(slots + 1, slots), static record => Assert.Equal(0, record.Preemptions));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("req", "P4")]
    public async Task PreemptivePort_HigherPreemptiveCallArrives_IsInterruptedItself(int slots)
    {
        await using Rig rig = await Rig.StartAsync(slots);
        Task<HttpResponseMessage>[] normal = await rig.FillAsync(Rig.Normal, slots);

        Task<HttpResponseMessage>[] urgent = await rig.HoldAsync(Rig.Urgent, slots);
        rig.Held.ReleaseAll();

        await Task.WhenAll([.. normal, .. urgent]).Soon();
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAndBilledAsync(2 * slots, slots);
        Assert.All(records, static record => Assert.Equal(record.Priority == 2 ? 1 : 0, record.Preemptions));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [Trait("req", "P6")]
    [Trait("row", "S3")]
    public async Task FreeSlot_UrgentCallArrives_InterruptsNobody(int slots)
    {
        await using Rig rig = await Rig.StartAsync(slots);
        Task<HttpResponseMessage>[] low = await rig.HoldAsync(Rig.Batch, slots - 1);

        HttpResponseMessage high = await rig.ChatAsync(Rig.Urgent, "high").Soon();

        Assert.Equal("0", high.Header("x-gateway-queue-ms"));
        rig.Held.ReleaseAll();
        await Task.WhenAll(low).Soon();
        Assert.All(await rig.AssertQuietAndBilledAsync(slots, slots), static record => Assert.Equal(0, record.Preemptions));
    }

    [Theory]
    [InlineData(Rig.Urgent, Rig.Urgent, 1)]
    [InlineData(Rig.Normal, Rig.Normal, 1)]
    [InlineData(Rig.Urgent, Rig.Normal, 1)]
    [InlineData(Rig.Normal, Rig.Batch, 3)]
    [InlineData(Rig.Batch, Rig.Batch, 3)]
    [Trait("req", "P6")]
    [Trait("row", "S3")]
    public async Task EqualOrHigherWorkRuns_CallArrives_Waits(int running, int arriving, int slots)
    {
        await using Rig rig = await Rig.StartAsync(slots);
        Task<HttpResponseMessage>[] first = await rig.HoldAsync(running, slots);

        Task<HttpResponseMessage> second = rig.ChatAsync(arriving, "second");
        SchedulerSnapshot state = await rig.WaitForDepthAsync(1);

        Assert.Equal(0, Assert.Single(state.Instances).Ending);
        rig.Held.ReleaseAll();
        await Task.WhenAll([.. first, second]).Soon();
        Assert.All(await rig.AssertQuietAndBilledAsync(slots + 1, slots), static record => Assert.Equal(0, record.Preemptions));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [Trait("req", "P6")]
    [Trait("row", "S3")]
    public async Task SeveralVictimsPossible_FewUrgentCallsArrive_AsManyAreInterrupted(int slots, int urgent)
    {
        await using Rig rig = await Rig.StartAsync(slots);
        Task<HttpResponseMessage>[] low = await rig.HoldAsync(Rig.Batch, slots);

        Task<HttpResponseMessage>[] high = await rig.HoldAsync(Rig.Urgent, urgent);
        SchedulerSnapshot state = await rig.WaitForDepthAsync(urgent);

        Assert.Equal(urgent, state.Tiers.Single(static tier => tier.Priority == 3).Preempted);
        rig.Held.ReleaseAll();
        await Task.WhenAll([.. low, .. high]).Soon();
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(slots + urgent, slots);
        Assert.Equal(urgent, records.Sum(static record => record.Preemptions));
    }

    [Theory]
    [InlineData("paused-stream", true)]
    [InlineData("paused-plain", false)]
    [Trait("req", "P7")]
    [Trait("row", "S3")]
    public async Task ContentReachedTheCaller_UrgentCallArrives_WaitsForTheEnd(string nonce, bool stream)
    {
        await using Rig rig = await Rig.StartAsync();
        HttpResponseMessage low = await rig.ChatAsync(Rig.Batch, nonce, stream).Soon();
        Stream body = await low.Content.ReadAsStreamAsync(Rig.Cancel);
        byte[] first = new byte[HeldCalls.FirstHalf.Length];
        await body.ReadExactlyAsync(first, Rig.Cancel).AsTask().Soon();

        Task<HttpResponseMessage> high = rig.ChatAsync(Rig.Urgent, "high");

        // The gate has settled it with the first byte; the scheduler hears of it a moment later, and may have tried a revoke in between.
        await rig.WaitForSchedulerAsync(static state =>
            state.Tiers.Sum(static tier => tier.Depth) == 1 && state.Instances is [{ Running: 1, Ending: 0 }]);
        rig.Held.Release(nonce);
        Assert.Equal(HeldCalls.SecondHalf, await new StreamReader(body).ReadToEndAsync(Rig.Cancel).Soon());
        Assert.Equal(HttpStatusCode.OK, (await high.Soon()).StatusCode);
        Assert.All(await rig.AssertQuietAsync(2, 1), static record => Assert.Equal((0, 1), (record.Preemptions, record.Attempts)));
    }
}
