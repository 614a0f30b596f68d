using Gateway.Requests;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>What the caller is told if no attempt after the last one does better: kept over a request's attempts.</summary>
internal sealed class LastWord
{
    /// <summary>Why the last attempt that ended gave the caller no whole answer; null when it did, or when its answer is held.</summary>
    public RequestError? Error { get; private set; }

    /// <summary>The last attempt's answer, kept back because another attempt might have done better.</summary>
    public HeldAnswer? Held { get; private set; }

    /// <summary>The caller has had all there is to tell.</summary>
    public void Told() => (Error, Held) = (null, null);

    public void Hold(HeldAnswer answer) => (Error, Held) = (null, answer);

    /// <summary>The attempt was not made. What an earlier one was answered is still the best there is.</summary>
    public void NotMade(RequestError? error) => Error = error ?? Error;

    /// <summary>Over, and no failure of the upstream's.</summary>
    public void Over(Outcome outcome) => (Error, Held) = (new RequestError(outcome), null);

    /// <returns>The same.</returns>
    public Failure Failed(Failure failure)
    {
        Error = new RequestError(failure.Outcome);
        if (!failure.MayRetry)
        {
            // The work may have been done, or the answer is wrong: an earlier "not now" would be the wrong thing to tell.
            Held = null;
        }

        return failure;
    }
}
