using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tokenization;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>One request's dealings with the token windows of its instances: may it wait for them, what do its attempts book, what goes back.</summary>
internal sealed class RequestWindow(
    TokenWindows windows, InstanceTable instances, TokenEstimator estimator, Exchange exchange, TimeProvider time, long submitted)
{
    /// <summary>On to another instance at once, if there is one; nobody was asked for anything.</summary>
    private static readonly RetryAdvice Elsewhere = new() { MaxFailovers = int.MaxValue, Unreached = true };

    private TokenDemand _demand;

    /// <summary>Of the last attempt.</summary>
    private TokenDemand _booked;
    private WindowBooking _booking;

    /// <summary>Leaves the instances whose windows could ever hold the request. An error when that is none, or the caller will not wait so long.</summary>
    public RequestError? Admit(TierPolicy tier, TimeSpan? callerDeadline, ref InstanceSet serving)
    {
        if (!Serving(serving).Any(static instance => instance.Window is not null))
        {
            return null;
        }

        _demand = new TokenDemand(estimator.PromptOf(exchange), estimator.OutputOf(exchange));
        if (_demand.Total == 0)
        {
            return null;
        }

        InstanceSet all = serving;
        foreach (InstanceState instance in Serving(all))
        {
            if (windows.ShareOf(instance, tier.Priority) < DemandOn(instance, tier.Priority).Total)
            {
                serving = new InstanceSet(serving.Bits & ~InstanceSet.Of(instance.Index).Bits);
            }
        }

        return serving.IsEmpty ? TooLarge(all, tier.Priority) : ComesTooLate(serving, tier.Priority, callerDeadline);
    }

    /// <summary>When the first of the instances lets the tier in again; zero when one does now.</summary>
    public TimeSpan OpensIn(InstanceSet serving, TierPolicy tier) => windows.OpensIn(Serving(serving), tier.Priority);

    /// <summary>Books what the attempt will take. What follows when it cannot be made, and why; null when it can.</summary>
    public async ValueTask<(AttemptResult Result, RequestError? Error)?> EnterAsync(Attempt attempt, InstanceState instance)
    {
        WorkItem item = attempt.Item;
        int priority = item.Policy.Priority;
        _booked = DemandOn(instance, priority);
        _booking = await windows.BookAsync(instance, priority, _booked);
        switch (_booking.Verdict)
        {
            case WindowVerdict.TooLarge:
                return (new AttemptResult(AttemptVerdict.Retry, Task.CompletedTask, Elsewhere), TooLarge(item.Instances, priority));
            case WindowVerdict.Closed when ComesTooLate(item.Instances, priority, item.CallerDeadline) is { } error:
                return (AttemptResult.Final, error);
            case WindowVerdict.Closed:
                return (AttemptResult.Deferred, null);
        }

        if (attempt.CancellationToken.IsCancellationRequested && !_booking.Receipt.IsNone)
        {
            await windows.SettleAsync(instance, _booking, used: 0);
            return (AttemptResult.Deferred, null);
        }

        return null;
    }

    /// <summary>The attempt is over: books what it was worth.</summary>
    public void Leave(InstanceState instance, in CallEnd end, bool wasSent)
    {
        long? used = exchange.Record is { InputTokens: null, OutputTokens: null } ? null
            : (exchange.Record.InputTokens ?? 0) + (exchange.Record.OutputTokens ?? 0);
        long cost = CallCost.Of(
            instance.Options.ProviderType, _booked, wasSent && end.Failure is not { Unreached: true }, end.Failure?.Status ?? end.Status,
            isWhole: end.Failure is null && end.Status > 0, used);

        // Nobody waits for it: what Redis misses of it leaves with the window.
        _ = windows.SettleAsync(instance, _booking, cost).AsTask();
    }

    /// <summary>A guess of the answer's length refuses nobody for good: others' long answers may have made it.</summary>
    private TokenDemand DemandOn(InstanceState instance, int priority) =>
        exchange.Request!.Facts.MaxOutputTokens is null && windows.ShareOf(instance, priority) is { } share && _demand.Total > share
            ? _demand with { Output = Math.Max(0, share - _demand.Prompt) }
            : _demand;

    private IEnumerable<InstanceState> Serving(InstanceSet serving) => instances.All.Where(instance => serving.Contains(instance.Index));

    private RequestError? ComesTooLate(InstanceSet serving, int priority, TimeSpan? callerDeadline)
    {
        TimeSpan opens = windows.OpensIn(Serving(serving), priority);
        return callerDeadline is { } deadline && opens > deadline - time.GetElapsedTime(submitted)
            ? new RequestError(Outcome.WindowClosed, RetryAfter: opens)
            : null;
    }

    private RequestError TooLarge(InstanceSet serving, int priority)
    {
        // It would be as large the next time.
        exchange.IsTriedEnough = true;
        return new RequestError(
            Outcome.WindowTooSmall,
            $"This request is too large for the tokens per minute of its tier (max_tpm): limit {windows.LargestShare(Serving(serving), priority)}, "
            + $"requested {_demand.Total} ({_demand.Prompt} in, up to {_demand.Output} out).");
    }
}
