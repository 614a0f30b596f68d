using Gateway.Requests;

namespace Gateway.Upstreams;

/// <summary>One failed attempt of an instance.</summary>
/// <param name="At">When it ended.</param>
/// <param name="Outcome">What it came to; <see cref="Outcome.Relayed"/> for an answer whose status is the error.</param>
/// <param name="Status">The upstream's status; null when no answer came.</param>
internal readonly record struct UsageError(DateTimeOffset At, Outcome Outcome, int? Status);
