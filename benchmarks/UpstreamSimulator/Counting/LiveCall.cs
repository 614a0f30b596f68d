namespace UpstreamSimulator.Counting;

/// <summary>
/// One call while it lives. Its fields change under the lock of <see cref="SimulatorStats"/>; whoever handles the request must end it,
/// and the first end wins.
/// </summary>
internal sealed class LiveCall(SimulatorStats stats, string path, long arrived, bool overLimit)
{
    /// <summary>Refused by the concurrency limit: counted as started, never as live.</summary>
    public bool OverLimit { get; } = overLimit;

    internal ModelCounters? Counters;
    internal string Model = "";
    internal string Nonce = "";
    internal bool Billable;
    internal long Tokens;
    internal long? Aborted;
    internal long? Ended;
    internal CallOutcome Outcome;

    public long Arrived { get; } = arrived;

    internal bool HasEnded => Outcome != CallOutcome.Live;

    public void Identify(string model, string nonce) => stats.Identify(this, model, nonce);

    public void GenerationStarts() => stats.GenerationStarts(this);

    public void AddTokens(int count) => stats.AddTokens(this, count);

    public void NoticeAbort() => stats.NoticeAbort(this);

    public void End(CallOutcome outcome) => stats.End(this, outcome);

    public CallRecord Record_NeedsLock() =>
        new(Model, path, Nonce, Arrived, Aborted, Ended, Outcome, Billable, Volatile.Read(ref Tokens));
}
