using Gateway.RateLimiting;
using Gateway.Redis;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.RateLimiting;

public sealed class RedisLimitStoreTests : LimitStoreContract, IAsyncLifetime
{
    private RedisRig? _rig;
    private RedisLimitStore? _store;

    private protected override ILimitStore Store => _store!;

    public async ValueTask InitializeAsync()
    {
        _rig = await RedisRig.StartAsync();
        _store = new RedisLimitStore(_rig.Connection, Window);
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
    [Trait("req", "R5")]
    public async Task Take_Keys_AreHashedAndExpire()
    {
        await TakeAsync(new LimitDemand(new LimitKey(LimitKind.CallerRequests, 0xDEADBEEF), 5, 1));
        IReadOnlyList<string> keys = await _rig!.Server.KeysAsync();
        Assert.All(keys, static key => Assert.StartsWith("gateway:", key, StringComparison.Ordinal));
        Assert.DoesNotContain(keys, static key => key.Contains("deadbeef", StringComparison.OrdinalIgnoreCase));
        string limit = Assert.Single(keys, static key => key.StartsWith("gateway:limit:", StringComparison.Ordinal));
        Assert.DoesNotContain("-1", await _rig.Server.CommandAsync("PTTL", limit), StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => (await _rig.Server.CommandAsync("EXISTS", limit)).StartsWith(":0", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("req", "R8")]
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
    [Trait("req", "R8")]
    public async Task Take_SomethingElseUnderTheName_IsNoAnswerAndNoOutage()
    {
        LimitKey key = NewKey();
        await TakeAsync(new LimitDemand(key, 2, 1));
        string name = (await _rig!.Server.KeysAsync()).Single(static key => key.StartsWith("gateway:limit:", StringComparison.Ordinal));
        await _rig.Server.CommandAsync("SET", name, "garbage");
        Assert.Null(await Store.TakeAsync(new LimitDemand(key, 2, 1)));
        Assert.True(_rig.Connection.IsAvailable);
    }

    [Fact]
    [Trait("req", "R1")]
    public async Task Take_TwoProcessesAtTenTimesTheLimit_NoWindowHoldsMoreAndTheFirstHoldsAll()
    {
        using RedisConnection other = await RedisRig.ConnectAsync(_rig!.Server);
        ILimitStore[] stores = [Store, new RedisLimitStore(other, Window)];
        LimitKey key = NewKey();
        const int Limit = 50;
        long started = TimeProvider.System.GetTimestamp();
        var granted = new List<TimeSpan>();
        while (TimeProvider.System.GetElapsedTime(started) < Window * 4)
        {
            TimeSpan sent = TimeProvider.System.GetElapsedTime(started);
            LimitAnswer?[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => stores[i % 2].TakeAsync(new LimitDemand(key, Limit, 1)).AsTask()));
            TimeSpan came = TimeProvider.System.GetElapsedTime(started);
            int count = answers.Count(static answer => answer!.Value.IsGranted);

            // The grant lies between the two times; a window is judged by those that were surely in it.
            granted.AddRange(Enumerable.Repeat(count == 0 ? came : sent + ((came - sent) / 2), count));
        }

        Assert.Equal(Limit, granted.Count(at => at < Window * 0.9));
        Assert.InRange(granted.Count, Limit * 3, Limit * 5);
        await other.StopAsync(CancellationToken.None);
    }
}
