using System.Net.Http.Headers;
using Gateway.Configuration;
using Gateway.Listeners;
using Gateway.RateLimiting;
using Gateway.Scheduling;

namespace Gateway.Upstreams;

/// <summary>
/// The instances' token windows: what a tier may fill of them, who is let in, and what goes back. The scheduler is told of each refusal
/// and of what lifts it, so that nobody asks in between.
/// </summary>
internal sealed class TokenWindows(LimitStore store, Scheduler scheduler, ListenerTable tiers, OptionsSnapshot options, TimeProvider time)
{
    /// <summary>What others give back on the same Redis is not told to us: we look again after this long.</summary>
    private static readonly TimeSpan SharedPoll = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ShortestClosing = TimeSpan.FromMilliseconds(10);

    /// <summary>A limit that nothing reaches: to book without asking, and to look without booking.</summary>
    private const long NoLimit = 1L << 50;

    private const double SmallestShare = 0.1;

    /// <summary>Differences below this part of a window are noise: calls on their way, roundings.</summary>
    private const int Noise = 100;

    /// <summary>What a tier may fill the instance's window up to; null when it has none.</summary>
    public long? ShareOf(InstanceState instance, int priority) => instance is { Window: not null, Options.MaxTpm: { } limit }
        ? Math.Max(1, (long)(limit * Math.Max(SmallestShare, 1 - (options.Current.Scheduling.WindowReserve * tiers.RankOf(priority)))))
        : null;

    /// <summary>The largest of the tier's shares on these instances.</summary>
    public long LargestShare(IEnumerable<InstanceState> instances, int priority) =>
        instances.Max(instance => ShareOf(instance, priority) ?? long.MaxValue);

    /// <summary>Books what an attempt will take. When that does not fit, its instance's window is closed to its tier when this returns.</summary>
    public async ValueTask<WindowBooking> BookAsync(InstanceState instance, int priority, TokenDemand demand)
    {
        if (demand.Total == 0 || instance.Window is not { } window || ShareOf(instance, priority) is not { } share)
        {
            return default;
        }

        if (demand.Total > share)
        {
            return new WindowBooking(WindowVerdict.TooLarge);
        }

        await LetLeaveAsync(instance, window);
        long returned = window.Returned;
        LimitAnswer answer = await store.TakeAsync(new LimitDemand(window.Key, share, demand.Total));
        if (answer.IsGranted)
        {
            return new WindowBooking(WindowVerdict.Granted, answer.First.Receipt);
        }

        Close(instance, window, priority, share, answer.First, demand.Total, returned);
        return new WindowBooking(WindowVerdict.Closed);
    }

    /// <summary>Corrects what was booked to what was used. Where nobody could tell before (a realtime session), it is booked now.</summary>
    public async ValueTask SettleAsync(InstanceState instance, WindowBooking booking, long used)
    {
        if (!booking.Receipt.IsNone)
        {
            await store.SettleAsync(booking.Receipt, used);
            GiveBack(instance, booking.Receipt.Amount - used);
        }
        else if (used > 0 && instance.Window is { } window)
        {
            await store.TakeAsync(new LimitDemand(window.Key, NoLimit, used));
        }
    }

    /// <summary>When the first of these instances lets the tier in again; zero when one does now.</summary>
    public TimeSpan OpensIn(IEnumerable<InstanceState> instances, int priority)
    {
        int rank = tiers.RankOf(priority);
        return instances.Select(instance => instance.Window?.OpensIn(rank) ?? TimeSpan.Zero).DefaultIfEmpty().Min();
    }

    /// <summary>Tokens booked in the instance's window now; null when it has none.</summary>
    public async ValueTask<long?> UsedAsync(InstanceState instance) =>
        instance.Window is { } window ? (await store.TakeAsync(new LimitDemand(window.Key, NoLimit, 0))).First.Used : null;

    /// <summary>
    /// Compares with what the upstream says is left. Less than we think: others use the instance too, and the difference is booked until the
    /// upstream's window is full again. More is not believed: ours is the one that must hold.
    /// </summary>
    public async Task ReconcileAsync(InstanceState instance, LimitLeft left)
    {
        if (left.NoRequestsFor is { } pause)
        {
            instance.Health.Pause(pause < LimitStore.Window ? pause : LimitStore.Window);
        }

        if (left.Tokens is not { } tokens || instance is not { Window: { } window, Options.MaxTpm: { } limit } || !window.TryBeginReconciling())
        {
            return;
        }

        try
        {
            await LetLeaveAsync(instance, window);
            long difference = limit - (await UsedAsync(instance) ?? limit) - tokens;
            if (difference > limit / Noise)
            {
                LimitAnswer booked = await store.TakeAsync(new LimitDemand(window.Key, NoLimit, difference));

                // Longer than its window the store keeps nothing: then the next answer tells anew.
                window.AddOthers(booked.First.Receipt, left.TokensReset is { } reset && reset < LimitStore.Window ? reset : LimitStore.Window);
            }
        }
        finally
        {
            window.EndReconciling();
        }
    }

    /// <summary>What the headers of an answer say, for an instance that has a window.</summary>
    public Task ReconcileAsync(InstanceState instance, HttpHeadersNonValidated headers) =>
        ReconcileAsync(instance, LimitHeaders.Left(headers, instance.Options.ProviderType, time.GetUtcNow()));

    /// <summary>After a reload: limits and shares may be others.</summary>
    public void Reopen(IEnumerable<InstanceState> instances)
    {
        foreach (InstanceState instance in instances)
        {
            instance.Window?.Reopen();
            scheduler.CloseWindow(instance.Index, int.MinValue, TimeSpan.Zero);
        }
    }

    private void Close(InstanceState instance, TokenWindow window, int priority, long share, in LimitState state, long amount, long returned)
    {
        // Never, says the part of a limit that is ours while Redis is out.
        TimeSpan wait = state.RetryAfter == Timeout.InfiniteTimeSpan ? SharedPoll : state.RetryAfter;
        if (window.OthersLeaveIn() is { } leave && leave < wait)
        {
            wait = leave;
        }

        // In this order, so that nothing that comes back meanwhile is missed: either we see it here, or it finds the window closed and opens it.
        scheduler.CloseWindow(instance.Index, priority, wait > ShortestClosing ? wait : ShortestClosing);
        if (window.Close(tiers.RankOf(priority), wait, amount - state.Remaining, returned))
        {
            scheduler.CloseWindow(instance.Index, priority, TimeSpan.Zero);
        }
        else if (options.Current.RedisUrl.Length > 0 && wait > SharedPoll && window.TryWatch(share, amount))
        {
            _ = WatchAsync(instance, window);
        }
    }

    /// <summary>Only looks. To open the window on trial would interrupt somebody for a waiter who is then refused.</summary>
    private async Task WatchAsync(InstanceState instance, TokenWindow window)
    {
        while (window.Watched() is { } demand)
        {
            await Task.Delay(SharedPoll, time);
            LimitAnswer answer = await store.TakeAsync(new LimitDemand(window.Key, demand.Share, 0));
            if (answer.First.Remaining >= demand.Amount)
            {
                window.Reopen();
                scheduler.CloseWindow(instance.Index, int.MinValue, TimeSpan.Zero);
            }
        }
    }

    private async ValueTask LetLeaveAsync(InstanceState instance, TokenWindow window)
    {
        while (window.TakeLeaving() is { } receipt)
        {
            await store.SettleAsync(receipt, 0);
            GiveBack(instance, receipt.Amount);
        }
    }

    private void GiveBack(InstanceState instance, long tokens)
    {
        if (tokens > 0 && instance.Window?.Return(tokens) == true)
        {
            scheduler.CloseWindow(instance.Index, int.MinValue, TimeSpan.Zero);
        }
    }
}
