using Gateway.Requests;

namespace Gateway.Recording;

/// <summary>What one upstream call of a request leaves behind.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Instance">Name of the instance that was called.</param>
/// <param name="StartedAfter">Time from the request's arrival to the start of the call.</param>
/// <param name="Duration">Of the call, until the gateway was done with it.</param>
/// <param name="TimeToHead">From the start of the call to the head of its answer; null when none came.</param>
/// <param name="End">How it ended.</param>
/// <param name="Outcome">The same in the words of the request's outcome, which says why a call failed or was abandoned; <see cref="Outcome.Pending"/> when it was preempted.</param>
/// <param name="Status">Of the upstream's answer; 0 when none was understood, or it was left in the middle.</param>
/// <param name="PreemptedBy">Priority of the tier it was interrupted for; null when it was not.</param>
internal readonly record struct AttemptRecord(
    int Number, string Instance, TimeSpan StartedAfter, TimeSpan Duration, TimeSpan? TimeToHead, AttemptEnd End, Outcome Outcome, int Status, int? PreemptedBy);
