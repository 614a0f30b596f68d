using System.Globalization;
using Gateway.RateLimiting;
using Gateway.Redis;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.RateLimiting;

public sealed class RedisLimitStoreTests : LimitStoreContract, IAsyncLifetime
{
    /// <summary>Moves all that is in a window into the future, which is what it looks like to a clock that was set back.</summary>
    private const string MoveSlots =
        """
        local all = redis.call('HGETALL', KEYS[1])
        redis.call('DEL', KEYS[1])
        for i = 1, #all, 2 do
          local name, value = all[i], tonumber(all[i + 1])
          if name == 'a' or name == 'z' then
            value = value + tonumber(ARGV[1])
          elseif name ~= 'u' then
            name = string.format('%.0f', tonumber(name) + tonumber(ARGV[1]))
          end
          redis.call('HSET', KEYS[1], name, string.format('%.0f', value))
        end
        return 1
        """;

    private RedisRig? _rig;
    private RedisLimitStore? _store;
    private RedisLimitStore? _briefStore;

    private protected override ILimitStore Store => _store!;

    private protected override ILimitStore BriefStore => _briefStore!;

    public async ValueTask InitializeAsync()
    {
        _rig = await RedisRig.StartAsync(new ManualTimeProvider());
        _store = new RedisLimitStore(_rig.Connection, LongWindow);
        _briefStore = new RedisLimitStore(_rig.Connection, Window);
    }

    public async ValueTask DisposeAsync()
    {
        if (_rig is not null)
        {
            await _rig.DisposeAsync();
        }
    }

    private protected override Task PassAsync(TimeSpan time)
    {
        long started = TimeProvider.System.GetTimestamp();
        return Eventually.TrueAsync(() => TimeProvider.System.GetElapsedTime(started) > time);
    }

    [Fact]
    [Trait("row", "R5")]
    public async Task Take_Keys_AreHashedAndExpire()
    {
        await TakeBrieflyAsync(new LimitDemand(new LimitKey(LimitKind.CallerRequests, 0xDEADBEEF), 5, 1));
        IReadOnlyList<string> keys = await _rig!.Server.KeysAsync();
        Assert.All(keys, static key => Assert.StartsWith("gateway:", key, StringComparison.Ordinal));
        Assert.DoesNotContain(keys, static key => key.Contains("deadbeef", StringComparison.OrdinalIgnoreCase));
        string limit = Assert.Single(keys, static key => key.StartsWith("gateway:limit:", StringComparison.Ordinal));
        Assert.DoesNotContain("-1", await _rig.Server.CommandAsync("PTTL", limit), StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => (await _rig.Server.CommandAsync("EXISTS", limit)).StartsWith(":0", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("row", "R8")]
    public async Task Take_AfterScriptsWereFlushed_IsGranted()
    {
        LimitKey key = NewKey();
        await TakeAsync(new LimitDemand(key, 2, 1));
        await _rig!.Server.CommandAsync("SCRIPT", "FLUSH");
        await TakeAsync(new LimitDemand(key, 2, 1));
        await _rig.Server.CommandAsync("SCRIPT", "FLUSH");
        Assert.False((await TakeAsync(new LimitDemand(key, 2, 1))).IsGranted);
    }

    [Fact]
    [Trait("row", "R8")]
    public async Task Take_SomethingElseUnderTheName_IsNoAnswerAndNoOutage()
    {
        LimitKey key = NewKey();
        await TakeAsync(new LimitDemand(key, 2, 1));
        string name = (await _rig!.Server.KeysAsync()).Single(static key => key.StartsWith("gateway:limit:", StringComparison.Ordinal));
        await _rig.Server.CommandAsync("SET", name, "garbage");
        Assert.Null(await Store.TakeAsync(new LimitDemand(key, 2, 1)));
        Assert.True(_rig.Connection.IsAvailable);
    }

    [Theory]
    [InlineData("nan")]
    [InlineData("inf")]
    [InlineData("-1e300")]
    [InlineData("garbage")]
    [Trait("row", "R8")]
    public async Task Take_SomethingElseInTheWindow_NeitherThrowsNorOpensIt(string value)
    {
        LimitKey key = NewKey();
        await TakeAsync(new LimitDemand(key, 2, 1));
        string name = await NameOfTheWindowAsync();
        foreach (string field in (string[])["u", "a", "z"])
        {
            await _rig!.Server.CommandAsync("HSET", name, field, value);
        }

        // What cannot be read counts as nothing: the window begins anew, and closes again.
        int granted = 0;
        for (int i = 0; i < 10; i++)
        {
            granted += await Store.TakeAsync(new LimitDemand(key, 2, 1)) is { IsGranted: true } ? 1 : 0;
        }

        Assert.InRange(granted, 0, 2);
        Assert.True(_rig!.Connection.IsAvailable);
    }

    [Fact]
    [Trait("row", "R5")]
    public async Task Take_TheServersClockWasSetBackByAnHour_IsLateByAWindowAtMost()
    {
        LimitKey key = NewKey();
        Assert.True((await TakeBrieflyAsync(new LimitDemand(key, 5, 3))).IsGranted);
        string name = await NameOfTheWindowAsync();
        long slots = (long)(TimeSpan.FromHours(1) / (Window / SlidingWindow.Slots));
        await _rig!.Server.CommandAsync("EVAL", MoveSlots, "1", name, slots.ToString(CultureInfo.InvariantCulture));

        LimitAnswer refused = await TakeBrieflyAsync(new LimitDemand(key, 5, 3));
        Assert.False(refused.IsGranted);
        Assert.Equal(2, refused.First.Remaining);
        Assert.InRange(refused.First.RetryAfter, TimeSpan.FromTicks(1), Window * 1.01);
        LimitAnswer rest = await TakeBrieflyAsync(new LimitDemand(key, 5, 2));
        Assert.True(rest.IsGranted);
        Assert.Equal(0, rest.First.Remaining);
        await PassAsync(Window * 1.02);
        Assert.True((await TakeBrieflyAsync(new LimitDemand(key, 5, 5))).IsGranted);
    }

    [Fact]
    [Trait("row", "R8")]
    public async Task Take_AServerThatIsFull_ChangesNothingOfTheWindow()
    {
        // Something has left the window and something has not when the server fills up.
        var store = new RedisLimitStore(_rig!.Connection, Window * 2);
        var demand = new LimitDemand(NewKey(), 10, 3);
        Assert.True((await store.TakeAsync(demand))!.Value.IsGranted);
        await PassAsync(Window * 1.25);
        Assert.True((await store.TakeAsync(demand))!.Value.IsGranted);
        await PassAsync(Window * 0.85);
        string name = await NameOfTheWindowAsync();
        string before = await _rig.Server.CommandAsync("HGETALL", name);
        await _rig.Server.CommandAsync("CONFIG", "SET", "maxmemory", "1");
        Assert.Null(await store.TakeAsync(demand));
        Assert.Equal(before, await _rig.Server.CommandAsync("HGETALL", name));
        Assert.Contains("\r\n6\r\n", before, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("row", "R1")]
    public async Task Take_TwoProcessesAtTenTimesTheLimit_NoWindowHoldsMoreAndTheFirstHoldsAll()
    {
        using RedisConnection other = await RedisRig.ConnectAsync(_rig!.Server, new ManualTimeProvider());
        ILimitStore[] stores = [BriefStore, new RedisLimitStore(other, Window)];
        LimitKey key = NewKey();
        const int Limit = 50;

        // A round is more than the limit: one is enough to fill a window, however long it takes.
        const int Round = 60;
        long started = TimeProvider.System.GetTimestamp();
        var granted = new List<TimeSpan>();
        while (TimeProvider.System.GetElapsedTime(started) < Window * 4)
        {
            TimeSpan sent = TimeProvider.System.GetElapsedTime(started);
            LimitAnswer?[] answers = await Task.WhenAll(Enumerable.Range(0, Round).Select(i => stores[i % 2].TakeAsync(new LimitDemand(key, Limit, 1)).AsTask()));
            TimeSpan came = TimeProvider.System.GetElapsedTime(started);
            int count = answers.Count(static answer => answer!.Value.IsGranted);

            // The grant lies between the two times; a window is judged by those that were surely in it.
            granted.AddRange(Enumerable.Repeat(count == 0 ? came : sent + ((came - sent) / 2), count));
        }

        Assert.Equal(Limit, granted.Count(at => at < Window * 0.9));
        Assert.InRange(granted.Count, Limit * 3, Limit * 5);
        await other.StopAsync(CancellationToken.None);
    }

    private async Task<string> NameOfTheWindowAsync() =>
        (await _rig!.Server.KeysAsync()).Single(static key => key.StartsWith("gateway:limit:", StringComparison.Ordinal));
}
