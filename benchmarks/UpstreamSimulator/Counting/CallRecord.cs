namespace UpstreamSimulator;

/// <summary>
/// One call as the simulator saw it. Timestamps are of the simulator's <see cref="TimeProvider"/>, so that a test in the same process
/// can subtract its own.
/// </summary>
/// <param name="Model">The model, or "" when the request named none.</param>
/// <param name="Path">The raw target of the request.</param>
/// <param name="Nonce">The caller's nonce (<c>x-sim-nonce</c>, else the <c>user</c> field), or "".</param>
/// <param name="ArrivedTimestamp">When the request's head had arrived.</param>
/// <param name="AbortedTimestamp">When the client's abort was noticed.</param>
/// <param name="EndedTimestamp">When the call stopped being live.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Billable">Whether generation started.</param>
/// <param name="TokensOut">Tokens generated.</param>
public sealed record CallRecord(
    string Model,
    string Path,
    string Nonce,
    long ArrivedTimestamp,
    long? AbortedTimestamp,
    long? EndedTimestamp,
    CallOutcome Outcome,
    bool Billable,
    long TokensOut);
