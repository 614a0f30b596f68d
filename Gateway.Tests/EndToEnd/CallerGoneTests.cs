using Gateway.Requests;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The caller leaves, by FIN or by RST, in each state a request can be in.</summary>
[Trait("row", "U9")]
public class CallerGoneTests
{
    private const string Chat = "/v1/chat/completions";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("req", "P12")]
    public async Task Uploading_CallerLeaves_NothingIsSentAndNothingStays(bool reset)
    {
        await using Rig rig = await Rig.StartAsync();
        RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);
        await client.SendAsync($"POST {Chat} HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n", Rig.Cancel);
        await client.ReadUntilAsync("100 Continue", Rig.Cancel).Soon();
        await client.SendAsync("{\"model\":", Rig.Cancel);

        Leave(client, reset);

        Outcome outcome = Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome;
        Assert.True(outcome is Outcome.CallerGone or Outcome.BodyIncomplete);
        Assert.Empty(rig.Upstream.Requests);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 3)]
    [Trait("req", "P12")]
    [Trait("row", "S7")]
    public async Task Queued_CallerLeaves_LeavesTheQueueAtOnce(bool reset, int slots)
    {
        await using Rig rig = await Rig.StartAsync(slots);
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Normal, slots);
        RawConnection client = await PostAsync(rig, Rig.Batch, "queued", "");
        await rig.WaitForDepthAsync(1);

        Leave(client, reset);
        await rig.WaitForDepthAsync(0);

        rig.Held.ReleaseAll();
        await Task.WhenAll(running).Soon();
        Assert.DoesNotContain("queued", rig.Upstream.Calls.Select(static call => call.Nonce));
        Assert.Single(await rig.AssertQuietAndBilledAsync(slots + 1, slots), static record => record is { Outcome: Outcome.CallerGone, Attempts: 0 });
    }

    [Theory]
    [InlineData(false, Rig.Urgent, 1)]
    [InlineData(true, Rig.Urgent, 1)]
    [InlineData(false, Rig.Batch, 3)]
    [InlineData(true, Rig.Batch, 3)]
    [Trait("req", "P12")]
    public Task RunningBeforeHead_CallerLeaves_UpstreamIsAborted(bool reset, int tier, int slots) =>
        LeaveRunningAsync(tier, slots, reset, "x-sim-fail: hang\r\n", stream: false, until: null);

    [Theory]
    [InlineData(false, Rig.Batch, 1)]
    [InlineData(true, Rig.Batch, 3)]
    [Trait("req", "P12")]
    public Task RunningWithHeadHeldBack_CallerLeaves_UpstreamIsAborted(bool reset, int tier, int slots) =>
        LeaveRunningAsync(tier, slots, reset, "x-sim-fail: hang\r\nx-sim-early-head: 1\r\n", stream: true, until: null);

    [Theory]
    [InlineData(false, Rig.Urgent, 1)]
    [InlineData(true, Rig.Urgent, 3)]
    [InlineData(false, Rig.Batch, 3)]
    [InlineData(true, Rig.Batch, 1)]
    [Trait("req", "P12")]
    public Task MidStream_CallerLeaves_UpstreamIsAborted(bool reset, int tier, int slots) =>
        LeaveRunningAsync(tier, slots, reset, "x-sim-tokens: 100000\r\nx-sim-tps: 100\r\n", stream: true, until: "\"content\":\" sun\"");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("req", "P12")]
    public async Task BetweenAttempts_CallerLeaves_NoSecondAttempt(bool reset)
    {
        await using Rig rig = await Rig.StartAsync();
        RawConnection client = await PostAsync(rig, Rig.Batch, "low", "x-sim-fail: hang\r\nx-sim-fail-times: 1\r\n");
        await rig.WaitUntil(static stats => stats.BillableStarts == 1);
        Task<HttpResponseMessage>[] high = await rig.HoldAsync(Rig.Urgent, 1);
        await rig.WaitForDepthAsync(1);

        Leave(client, reset);
        await rig.WaitForDepthAsync(0);

        rig.Held.ReleaseAll();
        await Task.WhenAll(high).Soon();
        Assert.Single(await rig.AssertQuietAndBilledAsync(2, 1), static record => record is { Outcome: Outcome.CallerGone, Attempts: 1, Preemptions: 1 });
    }

    private static async Task LeaveRunningAsync(int tier, int slots, bool reset, string knobs, bool stream, string? until)
    {
        const int Rounds = 5;
        await using Rig rig = await Rig.StartAsync(slots);
        List<double> reactions = [];
        for (int round = 0; round < Rounds; round++)
        {
            int started = round * slots;
            RawConnection[] clients = new RawConnection[slots];
            for (int i = 0; i < slots; i++)
            {
                clients[i] = await PostAsync(rig, tier, $"{started + i}", knobs, stream);
            }

            await rig.WaitUntil(stats => stats.BillableStarts == started + slots);
            if (until is not null)
            {
                await Task.WhenAll(clients.Select(client => client.ReadUntilAsync(until, Rig.Cancel))).Soon();
            }

            long left = TimeProvider.System.GetTimestamp();
            foreach (RawConnection client in clients)
            {
                Leave(client, reset);
            }

            await rig.WaitUntil(stats => stats.Aborted == started + slots);
            reactions.Add(rig.Upstream.Calls.Max(call => TimeProvider.System.GetElapsedTime(left, call.AbortedTimestamp!.Value).TotalMilliseconds));
        }

        Assert.All(await rig.AssertQuietAndBilledAsync(Rounds * slots, slots), static record => Assert.Equal(Outcome.CallerGone, record.Outcome));

        // The median is the gateway's, the worst is the busy machine's.
        Assert.InRange(reactions.Order().ElementAt(Rounds / 2), 0, 250);
        Assert.InRange(reactions.Max(), 0, 2_000);
    }

    private static async Task<RawConnection> PostAsync(Rig rig, int tier, string nonce, string knobs, bool stream = false)
    {
        RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(tier), Rig.Cancel);
        await client.PostAsync(Chat, Rig.ChatBody(tier, stream), $"x-sim-nonce: {nonce}\r\n{knobs}", Rig.Cancel);
        return client;
    }

    private static void Leave(RawConnection client, bool reset)
    {
        if (reset)
        {
            client.Reset();
        }
        else
        {
            client.Dispose();
        }
    }
}
