namespace UpstreamSimulator.Counting;

/// <summary>The counters of one model. Written under the lock of <see cref="SimulatorStats"/>, but for the tokens.</summary>
internal sealed class ModelCounters
{
    public int Live;
    public long Started;
    public long Completed;
    public long Aborted;
    public long BillableStarts;
    public long TokensOut;

    public ModelSnapshot Snapshot() => new(Live, Started, Completed, Aborted, BillableStarts, Volatile.Read(ref TokensOut));

    /// <summary>Starts over; what is live was started.</summary>
    public void Reset()
    {
        Started = Live;
        Completed = Aborted = BillableStarts = 0;
        Volatile.Write(ref TokensOut, 0);
    }
}
