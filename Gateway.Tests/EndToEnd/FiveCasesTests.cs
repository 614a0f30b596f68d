using System.Net;
using System.Text.Json;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Where a gateway that interrupts calls goes wrong first, each shown from all three sides: caller, upstream, own counters.</summary>
public class FiveCasesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("req", "P5")]
    [Trait("req", "P7")]
    public async Task Stream_PreemptedBeforeContent_CallerSeesOneTranscript(int slots)
    {
        await using Rig rig = await Rig.StartAsync(slots);
        Task<HttpResponseMessage>[] low = await rig.FillAsync(Rig.Batch, slots, stream: true, knobs: ["early-head=1", "tokens=5"]);

        // The head, a comment and the role chunk are on their way, but no caller may have them while they could come again.
        Assert.All(low, static call => Assert.False(call.IsCompleted));
        Task<HttpResponseMessage>[] high = await rig.HoldAsync(Rig.Urgent, slots);
        rig.Held.ReleaseAll();

        await Task.WhenAll(high).Soon();
        foreach (Task<HttpResponseMessage> call in low)
        {
            HttpResponseMessage answer = await call.Soon();
            Assert.Equal((HttpStatusCode.OK, "2"), (answer.StatusCode, answer.Header("x-gateway-attempts")));
            AssertOneTranscript(await answer.TextAsync(), tokens: 5);
        }

        await rig.AssertQuietAndBilledAsync(2 * slots, slots);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("req", "P5")]
    [Trait("req", "P12")]
    public async Task Preempted_CallerLeavesAtTheSameMoment_EndsOnceAndLeavesNothing(int slots)
    {
        const int Rounds = 30;
        await using Rig rig = await Rig.StartAsync(slots);
        for (int round = 0; round < Rounds; round++)
        {
            using var leave = new CancellationTokenSource();
            long before = rig.Upstream.Stats.BillableStarts;
            Task<HttpResponseMessage>[] low = [.. Enumerable.Range(0, slots).Select(i =>
                rig.StuckAsync(Rig.Batch, $"low-{round}-{i}", stream: round % 2 == 0, times: 1000, leave: leave.Token))];
            await rig.WaitUntil(stats => stats.BillableStarts == before + slots);

            // Both orders, and both at once.
            Task gone = round % 3 == 0 ? leave.CancelAsync() : Task.CompletedTask;
            Task<HttpResponseMessage> high = rig.ChatAsync(Rig.Urgent, $"high-{round}");
            gone = round % 3 == 1 ? Task.Run(leave.Cancel, Rig.Cancel) : gone;
            gone = round % 3 == 2 ? leave.CancelAsync() : gone;

            Assert.Equal(HttpStatusCode.OK, (await high.Soon()).StatusCode);
            await gone.Soon();
            foreach (Task<HttpResponseMessage> call in low)
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());
            }

            // Only now may the next round count: a second attempt could still have been on its way to the upstream.
            await rig.AssertQuietAsync((round + 1) * (slots + 1), slots);
        }

        IReadOnlyList<AccessRecord> records = rig.Gateway.Records.All;
        Assert.All(records, static record => Assert.Equal(record.Priority == 1 ? Outcome.Relayed : Outcome.CallerGone, record.Outcome));

        // An attempt that was stopped before the upstream saw it is none that it bills; the other way round would be a lost call.
        Assert.InRange(rig.Upstream.Stats.BillableStarts, 0, records.Sum(static record => record.Attempts));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("req", "P12")]
    [Trait("row", "S7")]
    public async Task CallerLeavesWhileQueued_SlotComesFree_IsNeverSent(int slots)
    {
        await using Rig rig = await Rig.StartAsync(slots);
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Normal, slots);
        using var leave = new CancellationTokenSource();
        Task<HttpResponseMessage> leaving = rig.ChatAsync(Rig.Batch, "leaving", leave: leave.Token);
        await rig.WaitForDepthAsync(1);
        Task<HttpResponseMessage> staying = rig.ChatAsync(Rig.Batch, "staying");
        await rig.WaitForDepthAsync(2);

        await leave.CancelAsync();
        await rig.WaitForDepthAsync(1);
        rig.Held.ReleaseAll();

        Assert.Equal(HttpStatusCode.OK, (await staying.Soon()).StatusCode);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving.Soon());
        await Task.WhenAll(running).Soon();
        Assert.DoesNotContain("leaving", rig.Upstream.Calls.Select(static call => call.Nonce));
        await rig.AssertQuietAndBilledAsync(slots + 2, slots);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("req", "P6")]
    [Trait("row", "S3")]
    public async Task VictimIgnoresItsCancellation_SlotWaitsForItsRealEnd(int slots)
    {
        await using Rig rig = await Rig.StartAsync(slots);
        Task<HttpResponseMessage>[] low = await rig.FillAsync(Rig.Batch, slots, knobs: ["ignore-abort-ms=3000"]);

        Task<HttpResponseMessage>[] high = [.. Enumerable.Range(0, slots).Select(i => rig.ChatAsync(Rig.Urgent, $"high-{i}"))];
        await rig.WaitUntil(stats => stats.Aborting == slots);
        Assert.Equal(slots, (await rig.WaitForDepthAsync(slots)).Instances.Single().Ending);

        await Task.WhenAll([.. low, .. high]).Soon();
        CallRecord[] calls = [.. rig.Upstream.Calls];
        long firstEnd = calls.Where(static call => call.Outcome == CallOutcome.Aborted).Min(static call => call.EndedTimestamp!.Value);
        Assert.All(calls.Where(static call => call.Model == "urgent"), call => Assert.True(call.ArrivedTimestamp >= firstEnd));
        await rig.AssertQuietAndBilledAsync(2 * slots, slots);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [Trait("req", "P6")]
    [Trait("req", "P12")]
    [Trait("row", "S3")]
    [Trait("row", "S5")]
    public async Task Storm_OfCallsLeavingAndPreempting_NeverExceedsTheCapAndLeavesNothing(int slots)
    {
        const int Callers = 12;
        const int CallsEach = 60;
        await using Rig rig = await Rig.StartAsync(slots);

        async Task CallAsync(int caller)
        {
            var random = new Random(caller);
            for (int i = 0; i < CallsEach; i++)
            {
                using var leave = new CancellationTokenSource();
                Task<HttpResponseMessage> call = rig.ChatAsync(
                    caller % 3, $"{caller}-{i}", stream: random.Next(2) == 0, knobs: [$"ttft-ms={random.Next(3)}"], leave: leave.Token);
                if (random.Next(4) == 0)
                {
                    // Somewhere on its way: before it is sent, in the queue, running, or already answered.
                    for (int turns = random.Next(60); turns > 0; turns--)
                    {
                        await rig.Gateway.Scheduler.SnapshotAsync();
                    }

                    await leave.CancelAsync();
                }

                Exception? end = await Record.ExceptionAsync(async () => await (await call.Soon()).Content.ReadAsByteArrayAsync(leave.Token).Soon());
                Assert.True(end is null || leave.IsCancellationRequested, end?.ToString());
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(caller), Rig.Cancel))).WaitAsync(2 * Rig.Guard, Rig.Cancel);

        await rig.WaitForSchedulerAsync(static state => state.Items.Count == 0);
        await rig.AssertQuietAsync(rig.Gateway.Records.All.Count, slots);
    }

    /// <summary>Valid SSE of one call: one role, the tokens, one finish reason, one end, one id.</summary>
    private static void AssertOneTranscript(string text, int tokens)
    {
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        string[] events = [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(static part => part[0] != ':')];
        Assert.All(events, static part => Assert.StartsWith("data: ", part, StringComparison.Ordinal));
        Assert.Equal("data: [DONE]", events[^1]);
        JsonElement[] chunks = [.. events[..^1].Select(static part => JsonElement.Parse(part["data: ".Length..]))];
        Assert.Single(chunks.Select(static chunk => chunk.GetProperty("id").GetString()).Distinct());
        JsonElement[] choices = [.. chunks.Select(static chunk => chunk.GetProperty("choices")[0])];
        Assert.Single(choices, static choice => choice.GetProperty("delta").TryGetProperty("role", out _));
        Assert.Single(choices, static choice => choice.GetProperty("finish_reason").ValueKind == JsonValueKind.String);
        Assert.Equal(tokens + 2, choices.Length);
    }
}
