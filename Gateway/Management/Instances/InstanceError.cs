using Gateway.Requests;

namespace Gateway.Management.Instances;

/// <summary>One failed upstream call.</summary>
/// <param name="Timestamp">When it ended.</param>
/// <param name="Outcome">What it came to; <c>relayed</c> for an answer whose status is the error.</param>
/// <param name="Status">The upstream's status; null when no answer came.</param>
internal sealed record InstanceError(DateTimeOffset Timestamp, Outcome Outcome, int? Status);
