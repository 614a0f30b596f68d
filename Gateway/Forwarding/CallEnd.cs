using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>How one upstream call ended.</summary>
/// <param name="Verdict">Preempted, or final; whether a failure is retried is added later.</param>
/// <param name="Failure">Why the caller got nothing, or not all; null when that was nobody's fault, or it got everything.</param>
/// <param name="Status">Of an answer that was relayed whole; 0 otherwise.</param>
/// <param name="TimeToHead">From the start to the answer's head.</param>
internal readonly record struct CallEnd(AttemptVerdict Verdict, Failure? Failure = null, int Status = 0, TimeSpan TimeToHead = default)
{
    /// <summary>For the access record; its number and times are left to whoever has counted and measured them.</summary>
    /// <param name="attempt">The attempt that made the call.</param>
    /// <param name="instance">Name of the instance.</param>
    /// <param name="abandoned">Why nobody waits any more, when it is neither answered nor failed.</param>
    public AttemptRecord ToRecord(Attempt attempt, string instance, Outcome abandoned)
    {
        var call = new AttemptRecord { Instance = instance, Status = Failure?.Status ?? Status };

        // What it met after the scheduler had taken its slot away is nobody's business.
        // A relay that was too late to commit says "preempted" whoever revoked the attempt: the reason knows better.
        bool isPreempted = attempt.Reason == CancellationReason.Preempted
            || (Verdict == AttemptVerdict.Preempted && attempt.Reason is not (CancellationReason.CallerGone or CancellationReason.Draining));
        return this switch
        {
            _ when isPreempted => call with { End = AttemptEnd.Preempted, PreemptedBy = attempt.Item.PreemptedBy },
            { Failure: { } failure } => call with { End = AttemptEnd.Failed, Outcome = failure.Outcome },
            { Status: > 0 } => call with { End = AttemptEnd.Answered, Outcome = Outcome.Relayed },
            _ => call with { End = AttemptEnd.Abandoned, Outcome = abandoned },
        };
    }
}
