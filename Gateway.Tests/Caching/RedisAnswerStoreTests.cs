using System.Text;
using Gateway.Caching;
using Gateway.Redis;
using Gateway.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Tests.Caching;

public sealed class RedisAnswerStoreTests : AnswerStoreContract
{
    private RedisRig _redis = null!;
    private RedisAnswerStore _store = null!;

    private protected override IAnswerStore Store => _store;

    public override async ValueTask InitializeAsync()
    {
        _redis = await RedisRig.StartAsync(new ManualTimeProvider());
        _store = NewStore(_redis.Connection);
    }

    public override ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    [Trait("row", "A4")]
    public async Task Values_InRedis_TellNothingOfRequestOrAnswer()
    {
        await _store.StoreAsync(Key(1, "secret-model"), Answer("secret-answer"), Ttl);

        string name = Assert.Single(await _redis.Server.KeysAsync(), static key => key.StartsWith(RedisAnswerStore.Prefix, StringComparison.Ordinal));
        string value = await _redis.Server.CommandAsync("GET", name);

        Assert.Matches("^gateway:cache:[0-9a-f]{72}$", name);
        Assert.DoesNotContain(Key(1, "secret-model").ToString(), name, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", value, StringComparison.Ordinal);
        Assert.DoesNotContain("application", value, StringComparison.Ordinal);
        string ttl = await _redis.Server.CommandAsync("PTTL", name);
        Assert.InRange(int.Parse(ttl.Trim(':', '\r', '\n'), System.Globalization.CultureInfo.InvariantCulture), 290_000, 300_000);
    }

    [Fact]
    [Trait("row", "T8")]
    public async Task Value_WithAnyByteChangedCutOrOfAnotherKey_IsAMiss()
    {
        byte[] bytes = SealedAnswer.Seal(Key(1), Answer("body"));
        Assert.NotNull(SealedAnswer.Open(Key(1), bytes));

        Assert.Null(SealedAnswer.Open(Key(2), bytes));
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 1;
            Assert.Null(SealedAnswer.Open(Key(1), changed));
            Assert.Null(SealedAnswer.Open(Key(1), bytes.AsSpan(0, i)));
        }

        Assert.Null(SealedAnswer.Open(Key(1), [.. bytes, 0]));
        await Task.CompletedTask;
    }

    [Theory]
    [Trait("row", "T8")]
    [InlineData("SET", "garbage")]
    [InlineData("SET", "")]
    [InlineData("LPUSH", "x")]
    [InlineData("SETRANGE", "huge")]
    public async Task Value_OfSomebodyElse_IsAMissAndIsReplaced(string command, string value)
    {
        await _store.StoreAsync(Key(1), Answer("body"), Ttl);
        string name = (await _redis.Server.KeysAsync()).Single(static key => key.StartsWith(RedisAnswerStore.Prefix, StringComparison.Ordinal));
        await _redis.Server.CommandAsync("DEL", name);
        await _redis.Server.CommandAsync(command == "SETRANGE" ? ["SETRANGE", name, "100000000", value] : [command, name, value]);

        Assert.Null(await _store.FindAsync(Key(1)));
        Assert.True(_redis.Connection.IsAvailable);
        await _store.StoreAsync(Key(1), Answer("again"), Ttl);
        Assert.Equal(Answer("again").Body, (await _store.FindAsync(Key(1)))!.Body);
    }

    [Fact]
    public async Task Answer_TooLongForRedis_IsNotStored()
    {
        await _store.StoreAsync(Key(1), Answer(new string('x', RedisAnswerStore.MaxBytes)), Ttl);

        Assert.Equal(0, await _store.CountAsync());
    }

    [Fact]
    public async Task Count_IsWalkedOnceInHalfAMinute()
    {
        var time = new ManualTimeProvider();
        var store = new RedisAnswerStore(_redis.Connection, time, NullLogger<RedisAnswerStore>.Instance);
        await store.StoreAsync(Key(1), Answer("1"), Ttl);
        Assert.Equal(1, await store.CountAsync());
        await store.StoreAsync(Key(2), Answer("2"), Ttl);

        time.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        Assert.Equal(1, await store.CountAsync());
        time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(2, await store.CountAsync());
        await store.ClearAsync(null);
        Assert.Equal(0, await store.CountAsync());
    }

    [Fact]
    [Trait("row", "R7")]
    public async Task RedisKilled_EverythingIsAMissAtOnceAndComesBack()
    {
        await UseRealTimeAsync();
        await _store.StoreAsync(Key(1), Answer("body"), Ttl);
        _redis.Server.Kill();

        Assert.Null(await _store.FindAsync(Key(1)));
        await _store.StoreAsync(Key(1), Answer("body"), Ttl);
        Assert.False(await _store.RemoveAsync(Key(1)));
        await Eventually.TrueAsync(() => !_redis.Connection.IsAvailable);
        Assert.Null(await _store.ClearAsync(null));
        Assert.Equal(0, await _store.CountAsync());

        await _redis.Server.RestartAsync();
        await Eventually.TrueAsync(() => _redis.Connection.IsAvailable);
        await _store.StoreAsync(Key(1), Answer("body"), Ttl);
        Assert.NotNull(await _store.FindAsync(Key(1)));
    }

    [Fact]
    [Trait("row", "R6")]
    public async Task RedisSilent_Find_TakesNoLongerThanItsLimit()
    {
        await UseRealTimeAsync();
        await _store.StoreAsync(Key(1), Answer("body"), Ttl);
        _redis.Server.Stop();
        try
        {
            long started = TimeProvider.System.GetTimestamp();
            Assert.Null(await _store.FindAsync(Key(1)).AsTask().Soon());

            // The limit, and a margin for a busy machine.
            Assert.InRange(TimeProvider.System.GetElapsedTime(started), RedisConnection.Limit * 0.9, RedisConnection.Limit * 10);
        }
        finally
        {
            _redis.Server.Continue();
        }
    }

    /// <summary>For what is about time: everywhere else the clock stands still, and a busy machine makes no answer late.</summary>
    private async Task UseRealTimeAsync()
    {
        await _redis.DisposeAsync();
        _redis = await RedisRig.StartAsync();
        _store = NewStore(_redis.Connection);
    }

    private static RedisAnswerStore NewStore(RedisConnection redis) => new(redis, TimeProvider.System, NullLogger<RedisAnswerStore>.Instance);
}
