using Gateway.Configuration;
using Gateway.Redis;

namespace Gateway.RateLimiting;

/// <summary>
/// The windows that the gateway uses: those on Redis while it answers; else this process's share of each limit. What Redis granted is booked
/// here too, and what it refused is noted, so that a Redis that goes away, or is late once, does not leave us with empty windows.
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
            return new LimitAnswer(shared.IsGranted, Noted(first, shared.First, shared.IsGranted), Noted(second, shared.Second, shared.IsGranted));
        }

        int nodes = _options.Current.RateLimit?.Nodes ?? 1;
        return _local.Take(ShareOf(first, nodes), ShareOf(second, nodes));
    }

    /// <summary>What Redis said is remembered here: for the next call that it leaves without an answer.</summary>
    private LimitState Noted(in LimitDemand demand, LimitState state, bool isGranted)
    {
        if (isGranted && !demand.IsNone)
        {
            return state with { Receipt = state.Receipt with { LocalSlot = _local.Book(demand.Key, demand.Amount) } };
        }

        if (state.RetryAfter > TimeSpan.Zero)
        {
            _local.Refuse(demand.Key, demand.Amount, state.RetryAfter);
        }

        return state;
    }

    /// <summary>What is larger than the share but not than the limit has the share to itself: an outage makes nothing impossible.</summary>
    private static LimitDemand ShareOf(LimitDemand demand, int nodes) =>
        demand.IsNone ? demand : demand with { Limit = Math.Max(Math.Max(1, demand.Limit / nodes), Math.Min(demand.Amount, demand.Limit)) };
}
