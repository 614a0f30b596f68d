using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Tokenization;

namespace Gateway.RateLimiting;

/// <summary>
/// Tokens per caller: the prompt and the most output it may cost are taken before, and corrected to what it did cost after. Behind the
/// cache, so that an answer that costs nothing takes nothing.
/// </summary>
internal sealed class TokenLimitStage(LimitStore store, CallerPrincipal principals, TokenEstimator estimator, OptionsSnapshot options)
{
    /// <summary>To read and count more than this is work, also when the answer is no.</summary>
    private const int SmallBody = 64 * 1024;

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Exchange exchange = Exchange.Of(context);
        int? limit = exchange.Caller.Limits.TokensPerMinute ?? options.Current.RateLimit?.TokensPerMinute;
        return limit is { } most ? LimitAsync(context, exchange, most, next) : next(context);
    }

    private Task LimitAsync(HttpContext context, Exchange exchange, int limit, RequestDelegate next)
    {
        exchange.NeedsUsage = true;
        long prompt = estimator.PromptOf(exchange);
        long amount = prompt + estimator.OutputOf(exchange);
        if (exchange.Request!.Facts.MaxOutputTokens is null)
        {
            // A guess refuses nobody for good: others' long answers may have made it.
            amount = Math.Max(prompt, Math.Min(amount, limit));
        }

        if (exchange.Route!.IsWebSocket)
        {
            // Nobody knows what a session will take; without a token left there is none.
            amount = Math.Max(1, amount);
        }

        // As in RequestLimitStage. What can never pass takes nothing, and its caller learns how the limit stands.
        var key = new LimitKey(LimitKind.CallerTokens, principals.Of(context, exchange.Caller));
        ValueTask<LimitAnswer> taking = store.TakeAsync(new LimitDemand(key, limit, amount <= limit ? amount : 0));
        return taking.IsCompletedSuccessfully
            ? GoOnAsync(context, exchange, limit, amount, taking.Result, next)
            : WaitAsync(context, exchange, limit, amount, taking, next);
    }

    private async Task WaitAsync(HttpContext context, Exchange exchange, int limit, long amount, ValueTask<LimitAnswer> taking, RequestDelegate next) =>
        await GoOnAsync(context, exchange, limit, amount, await taking, next);

    private Task GoOnAsync(HttpContext context, Exchange exchange, int limit, long amount, in LimitAnswer answer, RequestDelegate next)
    {
        exchange.TokenQuota = new Quota(limit, answer.First.Remaining, answer.First.ResetAfter);
        if (amount > limit)
        {
            exchange.IsTriedEnough = true;
            return exchange.Fail(new RequestError(
                Outcome.TokenLimit, $"This request may take {amount} tokens and the limit is {limit} a minute, so it can never pass. Shorten it, or lower max_tokens."));
        }

        if (!answer.IsGranted)
        {
            return RefuseAsync(exchange, limit, amount, answer.First);
        }

        exchange.TokensSpent = new TokenReceipt(store, answer.First.Receipt).SettleAsync;
        return next(context);
    }

    private static async Task RefuseAsync(Exchange exchange, int limit, long amount, LimitState state)
    {
        if (state.RetryAfter > TimeSpan.Zero && exchange.Record.RequestBytes <= SmallBody && exchange.Uncount is { } uncount)
        {
            // Refused for now: it did nothing that should count as a request. One that can never pass counts, or one that was much to read: it could be
            // sent without end. For its address, which may be many callers', each counts.
            await uncount();
        }

        await exchange.Fail(new RequestError(
            Outcome.TokenLimit, $"The limit is {limit} a minute; this request may take {amount} and {state.Remaining} are left.", RetryAfter: state.RetryAfter));
    }
}
