using System.Globalization;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Recording.Usage;
using Gateway.Redis;
using Gateway.Tests.Configuration;
using Gateway.Tests.Management;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Recording.Usage;

/// <summary>Gateways on one real Redis, all on one virtual clock.</summary>
[Trait("req", "A9")]
public sealed class UsageSharingTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TwoGateways_EachTellsTheSumOfBoth()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig first = await StartAsync(redis);
        await using Rig second = await StartAsync(redis);
        await CallAsync(first, Rig.Urgent, 2);
        await CallAsync(second, Rig.Batch, 3);

        // By itself, after a while.
        await _clock.WaitForTimerAsync(UsageSharing.Interval, count: 2).Soon();
        _clock.Advance(UsageSharing.Interval);
        await AssertAsync(first, 2 + 3);
        await AssertAsync(second, 2 + 3);
        await AssertAsync(second, 2, "&tier=1");
        await AssertAsync(first, 3, "&tier=3");
        Assert.Equal(5, (await first.AdminJsonAsync("GET", "/stats/instances")).GetProperty("instances").GetProperty("default").GetProperty("requests").GetInt32());

        // More in the same minute, told again: sums, not sums of sums.
        await CallAsync(first, Rig.Urgent, 1);
        _clock.Advance(UsageSharing.Interval);
        await AssertAsync(second, 6);
        await AssertAsync(first, 6);

        _clock.Advance(TimeSpan.FromHours(30));
        await CallAsync(second, Rig.Urgent, 1);
        await AssertAsync(second, 1);
        _clock.Advance(UsageSharing.Interval);
        await AssertAsync(first, 1);
        await AssertAsync(first, 7, "&window=2880&granularity=60");
        await AssertAsync(second, 7, "&window=2880&granularity=60");
        Assert.True(await IsSharedAsync(first));
    }

    [Fact]
    public async Task Restart_WithoutAFile_KnowsWhatWas()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using (Rig first = await StartAsync(redis))
        {
            await CallAsync(first, Rig.Urgent, 3);
        }

        _clock.Advance(TimeSpan.FromMinutes(1));
        await using Rig second = await StartAsync(redis);
        await CallAsync(second, Rig.Urgent, 1);

        await AssertAsync(second, 4);
    }

    /// <summary>Killed after it told others more than its file knew: neither lost nor told twice.</summary>
    [Fact]
    public async Task Restart_FileOlderThanWhatWasShared_CountsEachRequestOnce()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        string path = Path.Combine(_folder.Root, "gateway.state");
        await using Rig killed = await StartAsync(redis, path);
        await CallAsync(killed, Rig.Urgent, 2);
        await _clock.WaitForTimerAsync(UsageFile.Interval).Soon();
        _clock.Advance(UsageFile.Interval);
        await Eventually.TrueAsync(() => File.Exists(path));
        string copy = path + ".copy";
        File.Copy(path, copy);
        await CallAsync(killed, Rig.Urgent, 3);
        await ShareAsync(killed, redis, 5);

        await using Rig second = await StartAsync(redis, copy);
        await CallAsync(second, Rig.Urgent, 1);
        await ShareAsync(second, redis, 6);

        await AssertAsync(second, 6);
    }

    [Fact]
    [Trait("row", "R7")]
    public async Task RedisGoesAwayAndComesBackEmpty_OwnUsageGoesOnAndIsToldAgain()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig rig = await StartAsync(redis, isLost: true);
        await CallAsync(rig, Rig.Urgent, 2);
        await ShareAsync(rig, redis, 2);

        redis.Kill();
        await CallAsync(rig, Rig.Urgent, 1);
        await Eventually.TrueAsync(async () => !await IsSharedAsync(rig));
        Assert.Equal(3, await RequestsAsync(rig));

        await redis.RestartAsync();
        await WaitForRedisAsync(rig);
        await ShareAsync(rig, redis, 3);
        await AssertAsync(rig, 3);
    }

    /// <summary>Evicted, or flushed: nothing tells the gateways, and the connection never broke.</summary>
    [Fact]
    [Trait("row", "R7")]
    public async Task RedisForgetsWithoutAWord_AllIsToldAgainAndEndsWhenItWould()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig first = await StartAsync(redis);
        await using Rig second = await StartAsync(redis);
        await CallAsync(first, Rig.Urgent, 2);
        await CallAsync(second, Rig.Batch, 3);
        await ShareAsync(first, redis, 2);
        await ShareAsync(second, redis, 2 + 3);
        Dictionary<string, long> left = await LifetimesAsync(redis);

        await redis.CommandAsync(["DEL", .. left.Keys]);
        Assert.Equal(2, await RequestsAsync(first));
        Assert.Equal(3, await RequestsAsync(second));
        await Eventually.TrueAsync(() => IsSharedAsync(first));

        await _clock.WaitForTimerAsync(UsageSharing.Interval, count: 2).Soon();
        _clock.Advance(UsageSharing.WholeInterval);
        await AssertAsync(first, 2 + 3);
        await AssertAsync(second, 2 + 3);
        await Eventually.TrueAsync(async () => (await LifetimesAsync(redis)).Count == left.Count);
        Assert.All(await LifetimesAsync(redis), again => Assert.InRange(again.Value, 3600, left[again.Key] - UsageSharing.WholeInterval.TotalSeconds + 1));
    }

    [Fact]
    [Trait("row", "T8")]
    [Trait("row", "A4")]
    public async Task Redis_HoldsOnlySumsThatExpire_AndGarbageInItIsNoUsage()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Rig rig = await StartAsync(redis);
        await CallAsync(rig, Rig.Urgent, 2);
        await ShareAsync(rig, redis, 2);

        Dictionary<string, long> lifetimes = await LifetimesAsync(redis);
        Assert.Equal(2, lifetimes.Count);
        foreach ((string key, long left) in lifetimes)
        {
            Assert.InRange(left, 3600, 33 * 24 * 3600);
            await redis.CommandAsync("HSET", key, "x", "y");
            await redis.CommandAsync("HSET", key, $"{Guid.NewGuid():n}:{UsageResolution.Minutes.SlotOf(_clock.GetUtcNow()).ToString(CultureInfo.InvariantCulture)}", "garbage");
        }

        await Eventually.TrueAsync(() => IsSharedAsync(rig));
        await AssertAsync(rig, 2);
    }

    /// <param name="redis">Where it shares.</param>
    /// <param name="file">Where it keeps what it knows.</param>
    /// <param name="isLost">Redis goes away: then the wait for it must end, though a busy machine may end it too soon.</param>
    private async Task<Rig> StartAsync(RedisServer redis, string file = "", bool isLost = false)
    {
        Rig rig = await Rig.StartAsync(4, options => options with { RedisUrl = redis.Url, StateFile = file }, services =>
        {
            services.AddSingleton<TimeProvider>(_clock);

            // On a clock that leaps, Redis would always be late; on the system's now and then, and it is told again only after the next leap.
            RedisRig.NeverLate(services);
            if (isLost)
            {
                services.AddSingleton(static provider => new RedisConnection(
                    provider.GetRequiredService<OptionsSnapshot>(), TimeProvider.System, provider.GetRequiredService<ILogger<RedisConnection>>()));
            }
        });
        await WaitForRedisAsync(rig);
        return rig;
    }

    private static Task WaitForRedisAsync(Rig rig) => Eventually.TrueAsync(() => rig.Gateway.Services.GetRequiredService<RedisConnection>().IsAvailable);

    /// <summary>Has it tell the others until somebody who knows nothing himself is told of so many requests.</summary>
    private async Task ShareAsync(Rig rig, RedisServer redis, int requests)
    {
        UsageSharing sharing = rig.Gateway.Services.GetServices<IHostedService>().OfType<UsageSharing>().Single();
        using RedisConnection connection = await RedisRig.ConnectAsync(redis);
        var lookup = new UsageLookup(new UsageHistory(), connection);
        UsageResolution hours = UsageResolution.Hours;
        await Eventually.TrueAsync(async () =>
        {
            await sharing.ShareAsync();
            UsageSeries series = await lookup.ReadAsync(hours, hours.SlotOf(_clock.GetUtcNow()) - 1, points: 1, slotsPerPoint: 2);
            return series.Points[0].Of(UsageKey.Whole)[UsageField.Requests] == requests;
        });
        await connection.StopAsync(CancellationToken.None);
    }

    /// <summary>The keys that hold usage, each with its seconds to live.</summary>
    private static async Task<Dictionary<string, long>> LifetimesAsync(RedisServer redis)
    {
        var lifetimes = new Dictionary<string, long>();
        foreach (string key in (await redis.KeysAsync()).Where(static key => key.StartsWith("gateway:usage:", StringComparison.Ordinal)))
        {
            lifetimes[key] = long.Parse((await redis.CommandAsync("TTL", key)).Trim(':', '\r', '\n'), CultureInfo.InvariantCulture);
        }

        return lifetimes;
    }

    private static Task AssertAsync(Rig rig, int requests, string query = "") => Eventually.TrueAsync(async () => await RequestsAsync(rig, query) == requests);

    private static async Task CallAsync(Rig rig, int tier, int count)
    {
        int before = rig.Gateway.Records.All.Count(static record => record.IsApi);
        for (int i = 0; i < count; i++)
        {
            using HttpResponseMessage answer = await rig.ChatAsync(tier, $"n{before}-{i}").Soon();
            await answer.Content.ReadAsStringAsync(Rig.Cancel);
        }

        await Eventually.TrueAsync(() => rig.Gateway.Records.All.Count(static record => record.IsApi) == before + count);
    }

    private static async Task<double> RequestsAsync(Rig rig, string query = "") =>
        (await rig.AdminJsonAsync("GET", $"/stats/usage?metric=requests{query}")).GetProperty("time_series").EnumerateArray()
            .Sum(static point => point.GetProperty("value").GetDouble());

    private static async Task<bool> IsSharedAsync(Rig rig) =>
        (await rig.AdminJsonAsync("GET", "/stats/usage")).GetProperty("shared").GetBoolean();
}
