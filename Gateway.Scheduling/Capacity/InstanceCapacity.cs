namespace Gateway.Scheduling;

/// <summary>The slots and gates of one instance. Counts of slots; every slot taken is in exactly one of them.</summary>
internal sealed class InstanceCapacity
{
    private static readonly int GateCount = Enum.GetValues<GateKind>().Length;

    private readonly long[] _closedUntil = new long[GateCount];

    public int Limit { get; set; }

    public InstanceTraits Traits { get; set; } = InstanceTraits.Default;

    /// <summary>Its claim to the next turn under the strategies that take turns; see <see cref="InstancePicker"/>.</summary>
    public long Credit { get; set; }

    /// <summary>Attempts that run undisturbed.</summary>
    public int Running { get; set; }

    /// <summary>Attempts that were cancelled, or have their verdict, and have not been seen to end.</summary>
    public int Ending { get; set; }

    /// <summary>Slots resting after a revoked attempt.</summary>
    public int Cooling { get; set; }

    /// <summary>Attempts whose end is overdue. Their slots stay taken until the end is seen.</summary>
    public int Leaked { get; set; }

    public int Taken => Running + Ending + Cooling + Leaked;

    public int Free => Limit - Taken;

    /// <summary>Slots that are free or come free without another revoke; negative while more run than the limit allows.</summary>
    public int FreeSoon => Limit - Running - Leaked;

    public void Close(GateKind gate, long until) => _closedUntil[(int)gate] = until;

    /// <summary>Not in service: it has no slots, or its circuit is open.</summary>
    public bool IsDead(long now) => Limit == 0 || _closedUntil[(int)GateKind.Circuit] > now;

    public bool IsOpen(long now)
    {
        foreach (long until in _closedUntil)
        {
            if (until > now)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>When the last of its gates opens; 0 when all are open, <see cref="long.MaxValue"/> when nobody knows.</summary>
    public long OpensAt()
    {
        long latest = 0;
        foreach (long until in _closedUntil)
        {
            latest = Math.Max(latest, until);
        }

        return latest;
    }
}
