using Gateway.Configuration;
using Gateway.Requests;

namespace Gateway.RateLimiting;

/// <summary>Requests per caller and per address, before a byte of the body is read. Both are taken, or neither.</summary>
internal sealed class RequestLimitStage(LimitStore store, CallerPrincipal principals, OptionsSnapshot options)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Exchange exchange = Exchange.Of(context);
        RateLimitOptions? limits = options.Current.RateLimit;
        int? perCaller = exchange.Caller.Limits.RequestsPerMinute ?? limits?.RequestsPerMinute;
        int? perAddress = limits?.RequestsPerMinutePerIp;
        return perCaller is null && perAddress is null ? next(context) : LimitAsync(context, exchange, perCaller, perAddress, next);
    }

    private Task LimitAsync(HttpContext context, Exchange exchange, int? perCaller, int? perAddress, RequestDelegate next)
    {
        LimitDemand address = perAddress is { } most
            ? new LimitDemand(new LimitKey(LimitKind.AddressRequests, principals.OfAddress(context)), most, 1)
            : default;
        LimitDemand caller = perCaller is { } limit
            ? new LimitDemand(new LimitKey(LimitKind.CallerRequests, principals.Of(context, exchange.Caller)), limit, 1)
            : address;
        LimitDemand second = perCaller is null ? default : address;

        // The windows of this process answer at once. Nothing is awaited then, and little kept for as long as the request lives.
        ValueTask<LimitAnswer> taking = store.TakeAsync(caller, second);
        return taking.IsCompletedSuccessfully
            ? GoOnAsync(context, exchange, caller.Limit, second.Limit, taking.Result, next)
            : WaitAsync(context, exchange, caller.Limit, second.Limit, taking, next);
    }

    private async Task WaitAsync(
        HttpContext context, Exchange exchange, long limit, long secondLimit, ValueTask<LimitAnswer> taking, RequestDelegate next) =>
        await GoOnAsync(context, exchange, limit, secondLimit, await taking, next);

    /// <param name="context">Of the request.</param>
    /// <param name="exchange">The request.</param>
    /// <param name="limit">Of the first demand.</param>
    /// <param name="secondLimit">Of the second one, the address's; 0 without one.</param>
    /// <param name="answer">To both.</param>
    /// <param name="next">The next stage.</param>
    private Task GoOnAsync(HttpContext context, Exchange exchange, long limit, long secondLimit, in LimitAnswer answer, RequestDelegate next)
    {
        // The tighter of the two is what the caller has to live with. Of two alike the address's, which stays so if this request is given back.
        bool isSecondTighter = secondLimit > 0 && answer.Second.Remaining <= answer.First.Remaining;
        exchange.RequestQuota = isSecondTighter
            ? new Quota(secondLimit, answer.Second.Remaining, answer.Second.ResetAfter)
            : new Quota(limit, answer.First.Remaining, answer.First.ResetAfter);
        if (answer.IsGranted)
        {
            LimitReceipt taken = answer.First.Receipt;
            exchange.Uncount = taken.Key.Kind == LimitKind.CallerRequests ? () => UncountAsync(exchange, taken, isShown: !isSecondTighter) : null;
            return next(context);
        }

        TimeSpan wait = answer.First.RetryAfter > answer.Second.RetryAfter ? answer.First.RetryAfter : answer.Second.RetryAfter;
        return exchange.Fail(new RequestError(Outcome.RequestLimit, $"The limit is {(isSecondTighter ? secondLimit : limit)} a minute.", RetryAfter: wait));
    }

    /// <summary>For the caller only: the requests of its address, which may be many callers', stay counted.</summary>
    private async ValueTask UncountAsync(Exchange exchange, LimitReceipt taken, bool isShown)
    {
        await store.SettleAsync(taken, 0);
        if (isShown && exchange.RequestQuota is { } quota)
        {
            exchange.RequestQuota = quota with { Remaining = quota.Remaining + 1 };
        }
    }
}
