using Gateway.Configuration;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>What one request remembers of its failures, to say what may follow the next one.</summary>
internal sealed class RetryAdvisor(GatewayOptions options, TimeProvider time)
{
    private long? _firstFailureAt;
    private long _failedAt;
    private TimeSpan _wait;
    private bool _mayBeDone;

    /// <summary>The instance has failed so often lately that it is not asked again.</summary>
    public bool IsBudgetSpent { get; private set; }

    /// <summary>What is left of the wait that the last failure asked for.</summary>
    public TimeSpan WaitLeft =>
        _wait > TimeSpan.Zero && _wait - time.GetElapsedTime(_failedAt) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    public RetryAdvice Advise(in Failure failure, int retries, InstanceState instance)
    {
        _failedAt = time.GetTimestamp();
        _firstFailureAt ??= _failedAt;
        _wait = failure.RetryTime ?? TimeSpan.Zero;
        _mayBeDone = failure.MayBeDone;
        IsBudgetSpent = !ComesBackInTime(failure, instance) && instance.Usage.ErrorsPer30s >= options.Retries.FailuresPer30s;
        return RetryPolicy.Advise(
            failure, retries, time.GetElapsedTime(_firstFailureAt.Value, _failedAt), IsBudgetSpent, options, instance.Options, Random.Shared.NextDouble());
    }

    /// <summary>
    /// Sent away with a time, by an instance that is closed until then: the next try is no storm. Venice counts every refusal all the same,
    /// and blocks the key.
    /// </summary>
    private static bool ComesBackInTime(in Failure failure, InstanceState instance) =>
        failure is { IsWindow: true, RetryTime: not null } && instance.Options.ProviderType != ProviderType.Venice;

    /// <summary>1 when the attempt that begins may repeat what the last one did, else 0.</summary>
    public int TakePossibleDuplicate()
    {
        int count = _mayBeDone ? 1 : 0;
        _mayBeDone = false;
        return count;
    }
}
