using Gateway.Caching;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Gateway.Tests.Caching;

/// <summary>What every place for answers must do.</summary>
[Trait("req", "M3")]
public abstract class AnswerStoreContract : IAsyncLifetime
{
    private protected static readonly TimeSpan Ttl = TimeSpan.FromMinutes(5);

    private protected abstract IAnswerStore Store { get; }

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task Find_AfterStore_GivesTheSameBytesHeadersAndTime()
    {
        CachedAnswer stored = Answer("body", status: 201);
        await Store.StoreAsync(Key(1), stored, Ttl);

        CachedAnswer found = Assert.IsType<CachedAnswer>(await Store.FindAsync(Key(1)));

        Assert.Equal((201, stored.StoredAt, stored.Timestamp), (found.Status, found.StoredAt, found.Timestamp));
        Assert.Equal(stored.Body, found.Body);
        Assert.Equal(stored.Headers, found.Headers);
        Assert.Equal(stored.Size, found.Size);
    }

    [Fact]
    public async Task Find_OtherKey_IsAMiss()
    {
        await Store.StoreAsync(Key(1), Answer("body"), Ttl);

        Assert.Null(await Store.FindAsync(Key(2)));
        Assert.Null(await Store.FindAsync(Key(1, model: "other")));
    }

    [Fact]
    public async Task Store_SameKeyAgain_TakesTheOlderOnesPlace()
    {
        await Store.StoreAsync(Key(1), Answer("older"), Ttl);
        await Store.StoreAsync(Key(1), Answer("newer"), Ttl);

        Assert.Equal(Answer("newer").Body, (await Store.FindAsync(Key(1)))!.Body);
        Assert.Equal(1, await Store.CountAsync());
    }

    [Fact]
    [Trait("req", "C6")]
    public async Task Remove_OneKey_LeavesTheOthers()
    {
        await Store.StoreAsync(Key(1), Answer("1"), Ttl);
        await Store.StoreAsync(Key(2), Answer("2"), Ttl);

        Assert.True(await Store.RemoveAsync(Key(1)));

        Assert.False(await Store.RemoveAsync(Key(1)));
        Assert.Null(await Store.FindAsync(Key(1)));
        Assert.NotNull(await Store.FindAsync(Key(2)));
    }

    [Fact]
    [Trait("req", "C6")]
    public async Task Clear_OneModel_LeavesTheOthersAndAllTakesAll()
    {
        for (int i = 0; i < 1200; i++)
        {
            await Store.StoreAsync(Key(i, i % 2 == 0 ? "even" : "odd"), Answer("1"), Ttl);
        }

        Assert.Equal(1200, await Store.CountAsync());
        Assert.Equal(600, await Store.ClearAsync(CacheKey.ModelOf("even")));
        Assert.Equal(600, await Store.CountAsync());
        Assert.Null(await Store.FindAsync(Key(2, "even")));
        Assert.NotNull(await Store.FindAsync(Key(3, "odd")));

        Assert.Equal(600, await Store.ClearAsync(null));
        Assert.Equal(0, await Store.CountAsync());
        Assert.Null(await Store.FindAsync(Key(3, "odd")));
    }

    [Fact]
    public async Task Store_LargeAnswer_IsWhole()
    {
        byte[] body = new byte[900_000];
        new Random(7).NextBytes(body);
        await Store.StoreAsync(Key(1), new CachedAnswer(200, [], body, DateTimeOffset.UnixEpoch), Ttl);

        Assert.Equal(body, (await Store.FindAsync(Key(1)))!.Body);
    }

    private protected static CacheKey Key(int number, string model = "m")
    {
        byte[] hash = new byte[32];
        BitConverter.TryWriteBytes(hash.AsSpan(28), number);
        return CacheKey.Of(CacheKey.ModelOf(model), hash);
    }

    private protected static CachedAnswer Answer(string body, int status = 200) => new(
        status,
        [
            KeyValuePair.Create("Content-Type", new StringValues("application/json")),
            KeyValuePair.Create("x-two", new StringValues(["a, b", "ü"])),
        ],
        System.Text.Encoding.UTF8.GetBytes(body),
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));
}
