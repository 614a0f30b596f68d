using Gateway.Requests;

namespace Gateway.Upstreams;

/// <summary>Why an attempt gave the caller nothing, and what that allows. Decided where the failure is met; nobody decides it again.</summary>
/// <param name="Outcome">What the caller is told if nothing better comes; <see cref="Outcome.Relayed"/> for an answer that can be handed on.</param>
internal readonly record struct Failure(Outcome Outcome)
{
    /// <summary>The upstream's status; null when it did not answer.</summary>
    public int? Status { get; init; }

    /// <summary>Another attempt may be made.</summary>
    public bool MayRetry { get; init; }

    /// <summary>The upstream never had the request.</summary>
    public bool Unreached { get; init; }

    /// <summary>The work may have been done all the same: another attempt may be paid twice.</summary>
    public bool MayBeDone { get; init; }

    /// <summary>It speaks against the instance, not against the request.</summary>
    public bool AgainstInstance { get; init; }

    /// <summary>The whole instance is used up for a time, not only for this request.</summary>
    public bool IsWindow { get; init; }

    /// <summary>When to come back, as the upstream says; null when nobody knows.</summary>
    public TimeSpan? RetryTime { get; init; }
}
