namespace Gateway.Scheduling;

/// <summary>How an item's way through the scheduler ended.</summary>
/// <param name="Executed">An attempt of it was final: the executor knows the rest. Otherwise <paramref name="Reason"/> says why none was.</param>
/// <param name="Reason">Why it was rejected or evicted; <see cref="EndReason.None"/> when executed.</param>
/// <param name="RetryAfter">Estimated time until a new item would be served; zero when unknown.</param>
public readonly record struct RunResult(bool Executed, EndReason Reason, TimeSpan RetryAfter)
{
    internal static RunResult Done => new(true, EndReason.None, TimeSpan.Zero);
}
