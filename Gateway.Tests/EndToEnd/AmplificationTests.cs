using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Tests.Support;
using OpenAI;
using OpenAI.Chat;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>An upstream that refuses everything is not asked much more often than the callers ask us.</summary>
public class AmplificationTests
{
    private const int Requests = 1000;
    private const int Callers = 50;

    /// <summary>Retries that the budget begins with, and what it gains in the seconds that this takes.</summary>
    private const int SavedAtStart = 6;

    private static readonly string[] Busy = ["status=503"];

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    [Trait("row", "U5")]
    [Trait("req", "M4")]
    public async Task Everything503_AttemptsPerRequest_AtMostAFifthMore(int instances, bool withDefences)
    {
        await using Rig rig = await StartAsync(instances, withDefences);

        await RunAsync(async _ =>
        {
            using HttpResponseMessage answer = await rig.ChatAsync(Rig.Normal, "n", knobs: Busy);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        });

        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(Requests, int.MaxValue);
        long attempts = rig.Upstream.Stats.Started;
        TestContext.Current.TestOutputHelper?.WriteLine($"{attempts} attempts for {Requests} requests, at most {records.Max(static record => record.Attempts)} each");
        Assert.Equal(attempts, records.Sum(static record => record.Attempts));
        Assert.InRange(attempts, withDefences ? 1 : Requests + 1, (long)(Requests * 1.2) + SavedAtStart);
        Assert.InRange(records.Max(static record => record.Retries), 0, 3);
    }

    /// <summary>The control: with nothing to hold them, the same calls do multiply.</summary>
    [Fact]
    [Trait("row", "U5")]
    public async Task Everything503_BudgetOfOnePerRequest_IsMoreThanAFifth()
    {
        await using Rig rig = await StartAsync(1, withDefences: false, budget: 1);

        await RunAsync(async _ =>
        {
            using HttpResponseMessage answer = await rig.ChatAsync(Rig.Normal, "n", knobs: Busy);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }, requests: 200);

        Assert.True(rig.Upstream.Stats.Started > (200 * 1.2) + SavedAtStart, $"{rig.Upstream.Stats.Started} attempts");
    }

    [Fact]
    [Trait("row", "U5")]
    public async Task Everything503_OfficialSdkOnTop_DoesNotMultiply()
    {
        await using Rig rig = await StartAsync(1, withDefences: true);
        var options = new OpenAIClientOptions { Endpoint = new Uri(rig.Gateway.Address(Rig.Normal), "/v1"), RetryPolicy = new ClientRetryPolicy(3) };
        var client = new OpenAIClient(new ApiKeyCredential("k"), options);

        int failed = 0;
        await RunAsync(async _ =>
        {
            await Assert.ThrowsAsync<ClientResultException>(() => client.GetChatClient("sim:status=503").CompleteChatAsync("hi"));
            Interlocked.Increment(ref failed);
        }, requests: 100);

        Assert.Equal(100, failed);
        TestContext.Current.TestOutputHelper?.WriteLine($"{rig.Upstream.Stats.Started} upstream calls for 100 SDK calls, {rig.Gateway.Records.All.Count} requests");
        Assert.InRange(rig.Upstream.Stats.Started, 1, 120);

        // The library's own three tries more come to us, and end here.
        Assert.InRange(rig.Gateway.Records.All.Count, 100, 400);
    }

    private static Task RunAsync(Func<int, Task> call, int requests = Requests)
    {
        int next = 0;
        return Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            for (int i = Interlocked.Increment(ref next); i <= requests; i = Interlocked.Increment(ref next))
            {
                await call(i);
            }
        }));
    }

    /// <summary>Without the other defences (failure budget, circuit) it is the retry budget alone that holds.</summary>
    private static Task<Rig> StartAsync(int instances, bool withDefences, double budget = 0.2) => Rig.StartAsync(Callers, options => options with
    {
        Instances = [.. Enumerable.Range(0, instances).Select(i => options.Instances[0] with { Name = $"i{i}" })],
        Retries = new RetryOptions { BaseDelay = TimeSpan.FromMilliseconds(50), Budget = budget, FailuresPer30s = withDefences ? 8 : 1_000_000 },

        // Short, because the official SDK waits as long as it is told to.
        Health = new HealthOptions { Active = false, MinimumCalls = withDefences ? 5 : 100_000, Break = TimeSpan.FromSeconds(1) },
    });
}
