using Gateway.Caching;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Caching;

public sealed class MemoryAnswerStoreTests : AnswerStoreContract
{
    private readonly ManualTimeProvider _time = new();
    private readonly OptionsSnapshot _options = new(new GatewayOptions { Endpoints = [], Instances = [], Cache = new CacheOptions { MaxSizeMb = 4 } });
    private readonly CacheBudget _budget;
    private readonly MemoryAnswerStore _store;

    public MemoryAnswerStoreTests()
    {
        _budget = new CacheBudget(_options);
        _store = new MemoryAnswerStore(_budget, _time);
    }

    private protected override IAnswerStore Store => _store;

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Find_AfterItsTime_IsAMissAndItsMemoryIsFree()
    {
        await _store.StoreAsync(Key(1), Answer("1"), TimeSpan.FromSeconds(10));
        await _store.StoreAsync(Key(2), Answer("2"), TimeSpan.FromSeconds(10));

        _time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.NotNull(await _store.FindAsync(Key(1)));
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Null(await _store.FindAsync(Key(1)));
        Assert.False(await _store.RemoveAsync(Key(2)));
        Assert.Equal((0, 0), (await _store.CountAsync(), _budget.Held));
    }

    [Fact]
    public async Task Count_LeavesOutWhatIsTooOldAndTouchesNothing()
    {
        await _store.StoreAsync(Key(1), Answer("1"), TimeSpan.FromSeconds(10));
        await _store.StoreAsync(Key(2), Answer("2"), TimeSpan.FromSeconds(20));
        long held = _budget.Held;

        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((1, held), (await _store.CountAsync(), _budget.Held));
    }

    [Fact]
    [Trait("row", "T6")]
    public async Task Store_BeyondItsMemory_EvictsWhatIsNotUsed()
    {
        for (int i = 0; i < 100_000; i++)
        {
            await _store.StoreAsync(Key(i), Answer(new string('x', 1000)), Ttl);
            Assert.NotNull(await _store.FindAsync(Key(0)));
            Assert.InRange(_budget.Held, 1, 4 << 20);
        }

        // The one that was used all the time survived 99,999 others.
        Assert.NotNull(await _store.FindAsync(Key(0)));
        Assert.Null(await _store.FindAsync(Key(1)));
        Assert.InRange(await _store.CountAsync(), 2000, 4000);
        await _store.ClearAsync(null);
        Assert.Equal(0, _budget.Held);
    }

    [Fact]
    public async Task Store_AnswerBeyondItsShare_IsNotKeptAndEvictsNobody()
    {
        await _store.StoreAsync(Key(1), Answer("1"), Ttl);
        await _store.StoreAsync(Key(2), Answer(new string('x', (1 << 20) + 1)), Ttl);

        Assert.Null(await _store.FindAsync(Key(2)));
        Assert.NotNull(await _store.FindAsync(Key(1)));
    }

    [Fact]
    [Trait("req", "C5")]
    public async Task Reload_LessMemory_EvictsAtOnce()
    {
        for (int i = 0; i < 4; i++)
        {
            await _store.StoreAsync(Key(i), Answer(new string('x', 900_000)), Ttl);
        }

        Assert.Equal(4, await _store.CountAsync());
        _options.Edit(static options => options with { Cache = options.Cache with { MaxSizeMb = 1 } });

        Assert.Equal(1, await _store.CountAsync());
        Assert.NotNull(await _store.FindAsync(Key(3)));
    }

    [Fact]
    [Trait("row", "T6")]
    public async Task Store_FromManyThreads_KeepsTheBooks()
    {
        await Parallel.ForAsync(0, 8, TestContext.Current.CancellationToken, async (thread, _) =>
        {
            var random = new Random(thread);
            for (int i = 0; i < 20_000; i++)
            {
                CacheKey key = Key(random.Next(5000));
                switch (random.Next(10))
                {
                    case 0:
                        await _store.RemoveAsync(key);
                        break;
                    case < 5:
                        await _store.StoreAsync(key, Answer(new string('x', random.Next(3000))), Ttl);
                        break;
                    default:
                        await _store.FindAsync(key);
                        break;
                }
            }
        });

        Assert.InRange(_budget.Held, 1, 4 << 20);
        Assert.InRange((await _store.ClearAsync(null))!.Value, 1, long.MaxValue);
        Assert.Equal(0, _budget.Held);
    }
}
