using Gateway.Configuration;
using Gateway.Redis;

namespace Gateway.RateLimiting;

/// <summary>
/// The windows that the gateway uses: those on Redis while it answers; else this process's share of each limit. What Redis granted is booked
/// here too, so that a Redis that goes away does not leave us with empty windows.
/// </summary>
internal sealed class LimitStore
{
    /// <summary>Limits are per minute.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly MemoryLimitStore _local;
    private readonly RedisLimitStore _shared;
    private readonly RedisConnection _redis;
    private readonly OptionsSnapshot _options;

    public LimitStore(
        RedisConnection redis, OptionsSnapshot options, TimeProvider time, TimeSpan window, int capacity = MemoryLimitStore.DefaultCapacity)
    {
        (_redis, _options) = (redis, options);
        _local = new MemoryLimitStore(time, window, capacity);
        _shared = new RedisLimitStore(redis, window);
    }

    public ValueTask<LimitAnswer> TakeAsync(LimitDemand first, LimitDemand second = default) =>
        _redis.IsConfigured ? TakeSharedAsync(first, second) : new(_local.Take(first, second));

    public ValueTask SettleAsync(LimitReceipt receipt, long actual)
    {
        if (receipt.IsNone)
        {
            return ValueTask.CompletedTask;
        }

        _local.Settle(receipt, actual);
        return receipt.SharedSlot < 0 ? ValueTask.CompletedTask : _shared.SettleAsync(receipt, actual);
    }

    private async ValueTask<LimitAnswer> TakeSharedAsync(LimitDemand first, LimitDemand second)
    {
        if (await _shared.TakeAsync(first, second) is { } shared)
        {
            return shared.IsGranted ? Booked(shared, first, second) : shared;
        }

        int nodes = _options.Current.RateLimit?.Nodes ?? 1;
        return _local.Take(ShareOf(first, nodes), ShareOf(second, nodes));
    }

    private LimitAnswer Booked(in LimitAnswer shared, in LimitDemand first, in LimitDemand second)
    {
        LimitAnswer local = _local.Take(first with { Limit = long.MaxValue / 2 }, second.IsNone ? default : second with { Limit = long.MaxValue / 2 });
        return shared with { First = WithLocal(shared.First, local.First), Second = WithLocal(shared.Second, local.Second) };
    }

    private static LimitState WithLocal(LimitState shared, LimitState local) =>
        shared with { Receipt = shared.Receipt with { LocalSlot = local.Receipt.LocalSlot } };

    /// <summary>What is larger than the share but not than the limit has the share to itself: an outage makes nothing impossible.</summary>
    private static LimitDemand ShareOf(LimitDemand demand, int nodes) =>
        demand.IsNone ? demand : demand with { Limit = Math.Max(Math.Max(1, demand.Limit / nodes), Math.Min(demand.Amount, demand.Limit)) };
}
