namespace Gateway.Scheduling;

/// <summary>
/// The one exception to the single writer: whether an attempt may still be interrupted is settled by a compare-and-swap between the
/// relay (first content is about to reach the caller) and the scheduler's loop (a revoke). The loser yields, so no byte ever waits
/// for the loop and no byte of a revoked attempt reaches a caller (I12).
/// </summary>
internal struct CommitGate
{
    private const int Open = 0;
    private const int Committed = 1;
    private const int Revoked = 2;

    private int _state;

    public readonly bool IsCommitted => Volatile.Read(in _state) == Committed;

    public readonly bool IsRevoked => Volatile.Read(in _state) == Revoked;

    /// <summary>True for the call that committed; <paramref name="mayWrite"/> is true for every later one too.</summary>
    public bool TryCommit(out bool mayWrite)
    {
        int before = Interlocked.CompareExchange(ref _state, Committed, Open);
        mayWrite = before != Revoked;
        return before == Open;
    }

    public bool TryRevoke() => Interlocked.CompareExchange(ref _state, Revoked, Open) == Open;
}
