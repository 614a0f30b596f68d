using System.Net;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Redis;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Redis;

/// <summary>A real Redis that is killed, stopped, filled, locked and flushed under a gateway that limits by it.</summary>
public class RedisOutageTests
{
    /// <summary>Above what a request may wait for Redis, with room for a machine that does other things at the same time.</summary>
    private static readonly TimeSpan LongestAdded = TimeSpan.FromMilliseconds(600);

    [Fact]
    [Trait("row", "R7")]
    public async Task Killed_LimitsGoOnLocally_AndReturnWithIt()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig rig = await StartAsync(redis, requests: 1000);
        await AdmittedAsync(rig, 10);

        redis.Kill();
        await AdmittedAsync(rig, 20);
        await UseBecomesAsync(rig, false);
        Assert.False(await HealthSaysConnectedAsync(rig));
        await AdmittedAsync(rig, 20);

        await redis.RestartAsync();
        await UseBecomesAsync(rig, true);
        Assert.True(await HealthSaysConnectedAsync(rig));
        await AdmittedAsync(rig, 5);
        Assert.Contains(await redis.KeysAsync(), static key => key.StartsWith("gateway:limit:", StringComparison.Ordinal));
        await StopAndCountAsync(rig, notInUse: 1, inUse: 2);
    }

    [Fact]
    [Trait("row", "R6")]
    public async Task Stopped_RequestsWaitLittleAndThenNotAtAll()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig rig = await StartAsync(redis, requests: 1000);
        await AdmittedAsync(rig, 3);

        redis.Stop();
        try
        {
            long stopped = TimeProvider.System.GetTimestamp();
            await AdmittedAsync(rig, 1);
            await UseBecomesAsync(rig, false);
            Assert.InRange(TimeProvider.System.GetElapsedTime(stopped), TimeSpan.Zero, TimeSpan.FromSeconds(3));
            await AdmittedAsync(rig, 20);
        }
        finally
        {
            redis.Continue();
        }

        await UseBecomesAsync(rig, true);
        await AdmittedAsync(rig, 3);
        await StopAndCountAsync(rig, notInUse: 1, inUse: 2);
    }

    [Theory]
    [Trait("row", "R8")]
    [InlineData("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0")]
    [InlineData("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE")]
    public async Task Refusing_IsAsGoodAsDown_UntilItIsWellAgain(string trouble, string cure)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig rig = await StartAsync(redis, requests: 1000);
        await redis.CommandAsync(trouble.Split(' '));
        await AdmittedAsync(rig, 5);
        await UseBecomesAsync(rig, false);
        await AdmittedAsync(rig, 20);
        await redis.CommandAsync(cure.Split(' '));
        await UseBecomesAsync(rig, true);
        await AdmittedAsync(rig, 5);
    }

    [Fact]
    [Trait("row", "R8")]
    public async Task LockedAfterRestart_IsAsGoodAsDown()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig rig = await StartAsync(redis, requests: 1000);
        await redis.RestartAsync("--requirepass", "other");
        await AdmittedAsync(rig, 5);
        await UseBecomesAsync(rig, false);
        await redis.RestartAsync();
        await UseBecomesAsync(rig, true);
    }

    [Fact]
    [Trait("row", "R7")]
    public async Task Flushed_ScriptsAndKeys_CostNoRequest()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig rig = await StartAsync(redis, requests: 1000);
        await AdmittedAsync(rig, 3);
        await redis.CommandAsync("SCRIPT", "FLUSH");
        await redis.CommandAsync("FLUSHALL");
        await AdmittedAsync(rig, 3);
        Assert.True(Connection(rig).IsAvailable);
    }

    [Fact]
    [Trait("row", "R7")]
    public async Task Down_EachNodeKeepsItsShare_AndWhatRedisGrantedCounts()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig rig = await StartAsync(redis, requests: 20, nodes: 2);
        await AdmittedAsync(rig, 6);
        redis.Kill();
        int granted = 0;
        for (int i = 0; i < 40; i++)
        {
            granted += await StatusAsync(rig) == HttpStatusCode.OK ? 1 : 0;
        }

        // The share is 10, of which Redis has granted 6 already.
        Assert.Equal(4, granted);
    }

    [Fact]
    [Trait("row", "L5")]
    public async Task AbsentAtStart_TheGatewayStartsAndHeals()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        redis.Kill();
        await using Rig rig = await StartAsync(redis, requests: 1000, waits: false);
        await AdmittedAsync(rig, 5);
        Assert.False(await HealthSaysConnectedAsync(rig));
        await redis.RestartAsync();
        await UseBecomesAsync(rig, true);
        await AdmittedAsync(rig, 5);
    }

    private static async Task<Rig> StartAsync(RedisServer redis, int requests, int nodes = 1, bool waits = true)
    {
        Rig rig = await Rig.StartAsync(4, options => options with
        {
            RedisUrl = redis.Url,
            RateLimit = new RateLimitOptions { RequestsPerMinute = requests, TokensPerMinute = null, Nodes = nodes },
        });
        if (waits)
        {
            await UseBecomesAsync(rig, true);
        }

        return rig;
    }

    private static RedisConnection Connection(Rig rig) => rig.Gateway.Services.GetRequiredService<RedisConnection>();

    private static Task UseBecomesAsync(Rig rig, bool used) => Eventually.TrueAsync(() => Connection(rig).IsAvailable == used);

    private static async Task AdmittedAsync(Rig rig, int requests)
    {
        for (int i = 0; i < requests; i++)
        {
            long started = TimeProvider.System.GetTimestamp();
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig));
            Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, LongestAdded);
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(Rig rig)
    {
        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Get, "/v1/models")).Soon();
        return answer.StatusCode;
    }

    private static async Task<bool> HealthSaysConnectedAsync(Rig rig)
    {
        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Get, "/health")).Soon();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using JsonDocument body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Rig.Cancel));
        return body.RootElement.GetProperty("redis_connected").GetBoolean();
    }

    /// <summary>One line per change of state, however many requests met it.</summary>
    private static async Task StopAndCountAsync(Rig rig, int notInUse, int inUse)
    {
        await rig.DisposeAsync();
        string log = rig.Gateway.Log();
        Assert.Equal(notInUse, log.Split("Redis is not in use").Length - 1);
        Assert.Equal(inUse, log.Split("Redis is in use").Length - 1);
    }
}
