namespace Gateway.Scheduling;

/// <summary>The slots, the gates and the window of one instance. Counts of slots; every slot taken is in exactly one of them.</summary>
internal sealed class InstanceCapacity(int tiers)
{
    private static readonly int GateCount = Enum.GetValues<GateKind>().Length;

    private readonly long[] _closedUntil = new long[GateCount];

    /// <summary>By rank. Never decreasing: what is closed to a tier is closed to all less urgent ones.</summary>
    private readonly long[] _windowClosedUntil = new long[tiers];

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

    /// <summary>
    /// Its window was closed and somebody may still wait for it: attempts go through it one at a time. All at once, most would be
    /// refused, and a small one could take what the first in the order came for.
    /// </summary>
    public bool IsScarce { get; set; }

    /// <summary>The attempt that is going through the scarce window now.</summary>
    public WorkItem? Probe { get; set; }

    public int Taken => Running + Ending + Cooling + Leaked;

    public int Free => Limit - Taken;

    /// <summary>Slots that are free or come free without another revoke; negative while more run than the limit allows.</summary>
    public int FreeSoon => Limit - Running - Leaked;

    public void Close(GateKind gate, long until) => _closedUntil[(int)gate] = until;

    /// <summary>Closes the window for the rank and all less urgent ones, at least until the time.</summary>
    public void CloseWindow(int fromRank, long until)
    {
        IsScarce = true;
        for (int rank = fromRank; rank < _windowClosedUntil.Length; rank++)
        {
            _windowClosedUntil[rank] = Math.Max(_windowClosedUntil[rank], until);
        }
    }

    public void OpenWindow() => Array.Clear(_windowClosedUntil);

    /// <summary>Not in service: it has no slots, or its circuit is open.</summary>
    public bool IsDead(long now) => Limit == 0 || _closedUntil[(int)GateKind.Circuit] > now;

    /// <summary>To every tier.</summary>
    public bool IsOpen(long now) => OpensAt(_windowClosedUntil.Length - 1) <= now;

    /// <summary>When the last of its gates and its window open to the rank; 0 when all are open, <see cref="long.MaxValue"/> when nobody knows.</summary>
    public long OpensAt(int rank)
    {
        long latest = _windowClosedUntil[rank];
        foreach (long until in _closedUntil)
        {
            latest = Math.Max(latest, until);
        }

        return latest;
    }

    /// <summary>When it next opens to another rank; <see cref="long.MaxValue"/> when it is open to all, or nobody knows.</summary>
    public long NextOpening(long now)
    {
        for (int rank = 0; rank < _windowClosedUntil.Length; rank++)
        {
            if (OpensAt(rank) is var opensAt && opensAt > now)
            {
                return opensAt;
            }
        }

        return long.MaxValue;
    }
}
