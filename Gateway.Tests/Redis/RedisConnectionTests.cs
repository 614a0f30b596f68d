using Gateway.Redis;
using Gateway.Tests.Support;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Tests.Redis;

/// <summary>How long a call may wait, by a clock that the test moves: a stopped Redis never answers, so the clock alone ends it.</summary>
public class RedisConnectionTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Fact]
    [Trait("row", "R6")]
    public async Task Stopped_ACallWaits50Milliseconds_AndTheBreakerOpensWithinASecond()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        var time = new ManualTimeProvider();
        using RedisConnection connection = await RedisRig.ConnectAsync(server, time);
        server.Stop();
        try
        {
            Task<(bool Ok, RedisValue Value)> call = AskAsync(connection);
            await time.WaitForTimersAsync(1).Soon();
            time.Advance(RedisConnection.Limit - Tick);
            Assert.False(call.IsCompleted);
            time.Advance(Tick);
            Assert.False((await call.Soon()).Ok);

            // Only suspected yet, until the probe has waited for its own limit: a request that has waited once does not wait again.
            Assert.True(connection.IsAvailable);
            Assert.True(AskAsync(connection).IsCompleted);
            await time.WaitForTimersAsync(1).Soon();
            time.Advance(TimeSpan.FromSeconds(1) - RedisConnection.Limit);
            await Eventually.TrueAsync(() => !connection.IsAvailable);
            Task<(bool Ok, RedisValue Value)> next = AskAsync(connection);
            Assert.True(next.IsCompleted);
            Assert.False((await next).Ok);
        }
        finally
        {
            server.Continue();
        }

        long back = time.GetTimestamp();
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            return connection.IsAvailable;
        });
        Assert.InRange(time.GetElapsedTime(back), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await connection.StopAsync(CancellationToken.None);
    }

    [Fact]
    [Trait("row", "S8")]
    public async Task Answer_WhoeverItWakesDoesNotPause_OthersGetTheirs()
    {
        await using RedisRig rig = await RedisRig.StartAsync();
        using var pause = new ManualResetEventSlim();
        var isBusy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task busy = Task.Run(
            async () =>
            {
                await AskAsync(rig.Connection);
                isBusy.SetResult();
                pause.Wait(Rig.Cancel);
            },
            Rig.Cancel);
        await isBusy.Task.Soon();
        await Eventually.TrueAsync(async () => (await AskAsync(rig.Connection)).Ok);
        pause.Set();
        await busy.Soon();
    }

    private static Task<(bool Ok, RedisValue Value)> AskAsync(RedisConnection connection) =>
        connection.TryAsync(static database => database.StringGetAsync("gateway:test")).AsTask();
}
