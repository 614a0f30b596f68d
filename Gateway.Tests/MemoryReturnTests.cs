using Gateway.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests;

/// <summary>An idle gateway does not keep the memory of its busiest hour, and a busy one is not stopped for it.</summary>
[Trait("row", "L3")]
public sealed class MemoryReturnTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly SemaphoreSlim _looks = new(0);
    private readonly MemoryReturn _loop;
    private long _allocated;
    private int _returns;
    private bool _isTooLarge;

    public MemoryReturnTests() => _loop = new MemoryReturn(_time, NullLogger<MemoryReturn>.Instance, Look, GiveBack);

    public async ValueTask DisposeAsync()
    {
        await _loop.StopAsync(Rig.Cancel);
        _loop.Dispose();
        _looks.Dispose();
    }

    [Fact]
    public async Task Run_CalmAfterTraffic_GivesBackOnce()
    {
        await BeginAsync();

        await PassAsync(MemoryReturn.WorthIt, MemoryReturn.Calm - 1, MemoryReturn.Calm - 1);
        Assert.Equal(1, await ReturnsAsync());

        await PassAsync(0, 0, 0);
        Assert.Equal(1, await ReturnsAsync());

        await PassAsync(MemoryReturn.WorthIt, 0, 0);
        Assert.Equal(2, await ReturnsAsync());
    }

    [Fact]
    public async Task Run_TrafficWithPauses_IsNotStopped()
    {
        await BeginAsync();

        await PassAsync(MemoryReturn.WorthIt, 0, MemoryReturn.Calm, 0, MemoryReturn.Calm);

        Assert.Equal(0, await ReturnsAsync());
    }

    [Fact]
    public async Task Run_LittleTraffic_IsNotWorthACollection()
    {
        await BeginAsync();

        await PassAsync(MemoryReturn.WorthIt - (2 * MemoryReturn.Calm), 0, 0, 0);

        Assert.Equal(0, await ReturnsAsync());
    }

    [Fact]
    public async Task Run_TooMuchToBeMoved_IsTriedAgainAFewTimes()
    {
        _isTooLarge = true;
        await BeginAsync();

        await PassAsync(MemoryReturn.WorthIt, 0, 0, 0);
        Assert.Equal(MemoryReturn.MaxTries, await ReturnsAsync());

        _isTooLarge = false;
        await PassAsync(MemoryReturn.WorthIt, 0, 0);
        Assert.Equal(MemoryReturn.MaxTries + 1, await ReturnsAsync());
    }

    private bool GiveBack()
    {
        _returns++;
        return !_isTooLarge;
    }

    private long Look()
    {
        long seen = Interlocked.Read(ref _allocated);
        _looks.Release();
        return seen;
    }

    private async Task BeginAsync()
    {
        await _loop.StartAsync(Rig.Cancel);
        await _looks.WaitAsync(Rig.Cancel).Soon();
    }

    /// <summary>So many bytes between one look and the next.</summary>
    private async Task PassAsync(params long[] bytes)
    {
        foreach (long more in bytes)
        {
            Interlocked.Add(ref _allocated, more);
            _time.Advance(MemoryReturn.Interval);
            await _looks.WaitAsync(Rig.Cancel).Soon();
        }
    }

    /// <summary>What a look has led to is there when the next one happens.</summary>
    private async Task<int> ReturnsAsync()
    {
        await PassAsync(0);
        return _returns;
    }
}
