using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>How one upstream call ended.</summary>
/// <param name="Verdict">Preempted, or final; whether a failure is retried is added later.</param>
/// <param name="Failure">Why the caller got nothing, or not all; null when that was nobody's fault, or it got everything.</param>
/// <param name="Status">Of an answer that was relayed whole; 0 otherwise.</param>
/// <param name="TimeToHead">From the start to the answer's head.</param>
internal readonly record struct CallEnd(AttemptVerdict Verdict, Failure? Failure = null, int Status = 0, TimeSpan TimeToHead = default);
