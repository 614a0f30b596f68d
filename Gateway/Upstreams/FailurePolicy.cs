using Gateway.Configuration;
using Gateway.Requests;

namespace Gateway.Upstreams;

/// <summary>Which failures may be followed by another attempt. Pure.</summary>
internal static class FailurePolicy
{
    /// <summary>Is an answer with this status an error that another attempt may not meet? Such an answer is held instead of relayed.</summary>
    /// <param name="status">Of the answer.</param>
    /// <param name="shouldRetry">The upstream's own word on it (<c>x-should-retry</c>), if it sent one.</param>
    /// <param name="call">What was called.</param>
    public static bool MayRetry(int status, string? shouldRetry, CallKind call)
    {
        if (status is < 400 or 400 or 401 or 403 or 404 or 422 or 501 or 505 || shouldRetry == "false")
        {
            return false;
        }

        return status is 408 or 409 or 429 or 503 or 529
            || (shouldRetry == "true" && status < StatusCodes.Status500InternalServerError)
            || (status >= StatusCodes.Status500InternalServerError && call.MayRepeatServerError);
    }

    /// <summary>The request did not reach anybody, or was cut short on its way: no work can have been done.</summary>
    public static Failure NotSent(Outcome outcome, bool unreached) =>
        new(outcome) { MayRetry = true, Unreached = unreached, AgainstInstance = true };

    /// <summary>The request is there, but its answer did not come, or not far enough to have reached the caller.</summary>
    public static Failure Unanswered(Outcome outcome, CallKind call) =>
        new(outcome) { MayRetry = call.MayRepeatUnanswered, MayBeDone = !call.IsIdempotent, AgainstInstance = true };

    /// <summary>Something of the answer has reached the caller already.</summary>
    public static Failure Cut(Outcome outcome) => new(outcome) { AgainstInstance = true };

    /// <summary>The upstream answered, and wrongly: it would do so again. Whether a redirect is the instance's fault or its request's, a check can tell.</summary>
    public static Failure Wrong(Outcome outcome, int? status = null) => new(outcome) { Status = status, AgainstInstance = outcome != Outcome.UpstreamRedirected };

    /// <summary>Does an answer with this status speak against the instance? Not what only this request asks too much of (501, 505).</summary>
    public static bool IsServersFault(int status) => status >= StatusCodes.Status500InternalServerError && status is not (501 or 505);

    /// <summary>It points elsewhere: nobody follows, with a prompt and a key.</summary>
    public static bool IsRedirect(int status) => status is 301 or 302 or 303 or 307 or 308;

    /// <summary>The upstream answered with an error that <see cref="MayRetry"/>.</summary>
    public static Failure Refused(int status, in LimitSigns signs, in ErrorFacts error, CallKind call, RetryOptions options)
    {
        RefusalKind kind = RefusalPolicy.KindOf(status, signs, error);
        bool isBlock = RefusalPolicy.IsVeniceBlock(call.Provider, status, error);
        return new Failure(Outcome.Relayed)
        {
            Status = status,
            MayRetry = kind != RefusalKind.Quota,
            MayBeDone = status >= StatusCodes.Status500InternalServerError && status is not (503 or 529) && !call.IsIdempotent,
            AgainstInstance = IsServersFault(status),
            IsWindow = kind == RefusalKind.Window || isBlock,
            RetryTime = isBlock ? options.RateLimitWait : signs.RetryTime,
        };
    }
}
