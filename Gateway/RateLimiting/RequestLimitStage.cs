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

    private async Task LimitAsync(HttpContext context, Exchange exchange, int? perCaller, int? perAddress, RequestDelegate next)
    {
        LimitDemand address = perAddress is { } most
            ? new LimitDemand(new LimitKey(LimitKind.AddressRequests, principals.OfAddress(context)), most, 1)
            : default;
        LimitDemand caller = perCaller is { } limit
            ? new LimitDemand(new LimitKey(LimitKind.CallerRequests, principals.Of(context, exchange.Caller)), limit, 1)
            : address;
        LimitAnswer answer = await store.TakeAsync(caller, perCaller is null ? default : address);

        // The tighter of the two is what the caller has to live with.
        bool isAddressTighter = perCaller is not null && perAddress is not null && answer.Second.Remaining < answer.First.Remaining;
        Quota quota = isAddressTighter
            ? new Quota(address.Limit, answer.Second.Remaining, answer.Second.ResetAfter)
            : new Quota(caller.Limit, answer.First.Remaining, answer.First.ResetAfter);
        exchange.RequestQuota = quota;
        if (!answer.IsGranted)
        {
            TimeSpan wait = answer.First.RetryAfter > answer.Second.RetryAfter ? answer.First.RetryAfter : answer.Second.RetryAfter;
            await exchange.Fail(new RequestError(Outcome.RequestLimit, $"The limit is {(isAddressTighter ? address.Limit : caller.Limit)} a minute.", RetryAfter: wait));
            return;
        }

        await next(context);
        if (exchange.Error is { Outcome: Outcome.TokenLimit, RetryAfter.Ticks: > 0 })
        {
            // Refused for now, for its tokens: it did nothing that should count as a request. One that can never pass counts, or it could be sent without end.
            await store.SettleAsync(answer.First.Receipt, 0);
            await store.SettleAsync(answer.Second.Receipt, 0);
            exchange.RequestQuota = quota with { Remaining = quota.Remaining + 1 };
        }
    }
}
