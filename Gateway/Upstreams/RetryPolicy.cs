using Gateway.Configuration;
using Gateway.Scheduling;

namespace Gateway.Upstreams;

/// <summary>What the scheduler may do after a failure. Pure.</summary>
internal static class RetryPolicy
{
    /// <param name="failure">It may be retried.</param>
    /// <param name="retries">New attempts so far.</param>
    /// <param name="sinceFirstFailure">Of this request.</param>
    /// <param name="isBudgetSpent">The instance has failed as often lately as it may before retries stop.</param>
    /// <param name="options">Configuration.</param>
    /// <param name="instance">That failed.</param>
    /// <param name="roll">0 to 1, for the jitter.</param>
    public static RetryAdvice Advise(
        in Failure failure, int retries, TimeSpan sinceFirstFailure, bool isBudgetSpent, GatewayOptions options, InstanceOptions instance, double roll)
    {
        // A wait that is longer than we hold a request for is the caller's to wait out; another instance may still take it.
        bool isTooLong = failure.RetryTime > options.Retries.MaxDelay;
        return new RetryAdvice
        {
            After = failure.RetryTime is { } time
                ? BackoffPolicy.Given(time, roll)
                : BackoffPolicy.Blind(retries, options.Retries, instance.ProviderType, roll),
            MaxRetries = isTooLong || isBudgetSpent ? 0 : instance.RetryCount ?? options.Retries.MaxRetries,
            MaxFailovers = sinceFirstFailure <= options.Routing.Timeout ? options.Routing.Retries : 0,
            Unreached = failure.Unreached,
        };
    }
}
