using System.Globalization;
using Gateway.Configuration;
using Gateway.Redis;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Callers that come and go at any moment, over a cache that others share: whoever gets an answer gets that of their own question.</summary>
[Collection(Alone.Name)]
[Trait("row", "T7")]
[Trait("category", "cache")]
public class CacheStormTests
{
    private const int Workers = 48;
    private const int Slots = 16;

    /// <summary>Calls in all; <c>make cache</c> makes 100,000.</summary>
    private static readonly int Calls = int.Parse(Environment.GetEnvironmentVariable("GATEWAY_CACHE_CALLS") ?? "4000", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Callers_WhoLeaveAtRandom_NeverGetAnothersAnswer(bool onRedis)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig rig = await Rig.StartAsync(Slots, options => options with
        {
            RedisUrl = onRedis ? redis.Url : "",
            Cache = new CacheOptions { Ttl = TimeSpan.FromSeconds(2) },
        });
        await Eventually.TrueAsync(() => !onRedis || rig.Gateway.Services.GetRequiredService<RedisConnection>().IsAvailable);
        rig.Upstream.Respond(AnswerAsync);
        int seed = Random.Shared.Next();
        int next = 0, wrong = 0, whole = 0, broken = 0;

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            var random = new Random(seed + worker);
            while (Interlocked.Increment(ref next) <= Calls)
            {
                string nonce = $"n{random.Next(Calls / 10)}.";
                switch (await AskAsync(rig, nonce, random))
                {
                    case null:
                        Interlocked.Increment(ref broken);
                        break;
                    case { } text when text.Contains($"\"{nonce}\"", StringComparison.Ordinal):
                        Interlocked.Increment(ref whole);
                        break;
                    default:
                        Interlocked.Increment(ref wrong);
                        break;
                }
            }
        })));

        var records = rig.Gateway.Records.All;
        string told = $"seed {seed}: {whole} whole, {broken} left, {records.Count(CacheState.Hit)} hits, {records.Count(CacheState.Shared)} shared, "
            + $"{rig.Upstream.Stats.Started} calls";
        TestContext.Current.TestOutputHelper?.WriteLine(told);
        Assert.True(wrong == 0, $"{wrong} wrong; {told}");
        Assert.True(whole > Calls / 3 && broken > Calls / 50, told);
        Assert.All([CacheState.Hit, CacheState.Shared, CacheState.Miss], state => Assert.True(records.Count(state) > Calls / 1000, $"{state}; {told}"));
        await rig.WaitUntil(static stats => stats.Live == 0);
        await rig.WaitForSchedulerAsync(static state => state.Items.Count == 0 && state.Instances.All(static instance => instance.Running == 0));
        await Eventually.TrueAsync(() => rig.Gateway.Services.GetRequiredService<SegmentPool>().Held == 0);
        await rig.AssertNoFlightsAsync();
    }

    /// <summary>Null when the caller left before the end.</summary>
    private static async Task<string?> AskAsync(Rig rig, string nonce, Random random)
    {
        bool stream = random.Next(2) == 0;
        using CancellationTokenSource leave = random.Next(3) == 0
            ? new CancellationTokenSource(TimeSpan.FromMicroseconds(random.Next(6000)), TimeProvider.System)
            : new CancellationTokenSource();
        using HttpRequestMessage request = rig.Request(
            random.Next(3), HttpMethod.Post, $"/v1/chat/completions?nonce={nonce}", Rig.Json(CacheCalls.ChatBody("same for all", stream)));
        try
        {
            using HttpResponseMessage answer = await rig.SendAsync(request, leave.Token);
            string text = await answer.Content.ReadAsStringAsync(leave.Token);
            return answer.IsSuccessStatusCode ? text : null;
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException && leave.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task<bool> AnswerAsync(HttpContext context)
    {
        string nonce = context.Request.Query["nonce"].ToString();
        await Task.Delay(TimeSpan.FromMicroseconds(Random.Shared.Next(4000)), TimeProvider.System, context.RequestAborted);
        if (Random.Shared.Next(2) == 0)
        {
            return await CachingTests.AnswerAsync(context, $$"""{"id":"{{nonce}}","choices":[{"index":0,"message":{},"finish_reason":"stop"}]}""");
        }

        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync($"data: {{\"id\":\"{nonce}\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"a\"}}}}]}}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await Task.Delay(TimeSpan.FromMicroseconds(Random.Shared.Next(4000)), TimeProvider.System, context.RequestAborted);
        context.EndCall();
        await context.Response.WriteAsync(HeldCalls.SecondHalf, context.RequestAborted);
        return true;
    }
}
