namespace Gateway.Scheduling;

/// <summary>All instances, and which of them can take an attempt right now as one bit set.</summary>
internal sealed class CapacityTable
{
    private readonly InstanceCapacity[] _instances;
    private ulong _withFreeSlot;
    private readonly ulong[] _open;
    private ulong _probed;
    private ulong _alive;

    public CapacityTable(IReadOnlyList<int> limits, int tiers)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.Count, InstanceSet.MaxInstances);
        _instances = new InstanceCapacity[InstanceSet.MaxInstances];
        _open = new ulong[tiers];
        for (int i = 0; i < _instances.Length; i++)
        {
            int limit = i < limits.Count ? limits[i] : 0;
            ArgumentOutOfRangeException.ThrowIfNegative(limit);
            _instances[i] = new InstanceCapacity(tiers) { Limit = limit };
            Refresh(i, now: 0);
        }
    }

    /// <summary>Instances with a free slot that the most urgent tier could be granted now: no tier could be granted more.</summary>
    public InstanceSet Available => AvailableTo(rank: 0);

    /// <summary>Instances with a free slot that the tier can be granted now.</summary>
    public InstanceSet AvailableTo(int rank) => new(_withFreeSlot & UsableBy(rank).Bits);

    /// <summary>Instances that the tier can be granted now if they have a slot.</summary>
    public InstanceSet UsableBy(int rank) => new(_open[rank] & ~_probed);

    /// <summary>Instances whose gates and window are open to the tier; somebody may be going through the window right now.</summary>
    public InstanceSet OpenTo(int rank) => new(_open[rank]);

    /// <summary>
    /// Instances in service. One whose circuit closed while another of its gates is shut joins them only with the next
    /// <see cref="RefreshGates"/>.
    /// </summary>
    public InstanceSet Alive => new(_alive);

    /// <summary>
    /// When the next closed instance opens by itself to another tier; <see cref="long.MaxValue"/> when none does. One time for all gates, instead of
    /// a timer for each change of one, because a gate can change as often as answers come.
    /// </summary>
    public long NextOpening { get; private set; } = long.MaxValue;

    /// <summary>Instances that have or had slots; others cannot serve anything.</summary>
    public InstanceSet Known { get; private set; }

    public InstanceCapacity this[int instance] => _instances[instance];

    /// <summary>Slots of all instances of the set.</summary>
    public int LimitOf(InstanceSet set)
    {
        int sum = 0;
        ulong bits = (set & Known).Bits;
        while (bits != 0)
        {
            sum += _instances[InstanceSet.TakeLowest(ref bits)].Limit;
        }

        return sum;
    }

    /// <summary>True when no instance of the set is in service.</summary>
    public bool AreDead(InstanceSet set, long now)
    {
        if (!(set & Alive).IsEmpty)
        {
            return false;
        }

        RefreshGates(now);
        return (set & Alive).IsEmpty;
    }

    /// <summary>When the first dead instance of the set that has slots opens by itself to the tier; <see cref="long.MaxValue"/> when none does.</summary>
    public long NextRevival(InstanceSet set, int rank)
    {
        long next = long.MaxValue;
        ulong bits = set.Bits & ~_alive;
        while (bits != 0)
        {
            InstanceCapacity capacity = _instances[InstanceSet.TakeLowest(ref bits)];
            next = capacity.Limit > 0 ? Math.Min(next, capacity.OpensAt(rank)) : next;
        }

        return next;
    }

    /// <summary>Opens what is due. Call after every change of a gate, and when <see cref="NextOpening"/> has come.</summary>
    public void RefreshGates(long now)
    {
        NextOpening = long.MaxValue;
        ulong closed = ~_open[^1];
        while (closed != 0)
        {
            int instance = InstanceSet.TakeLowest(ref closed);
            Refresh(instance, now);
            NextOpening = Math.Min(NextOpening, _instances[instance].NextOpening(now));
        }
    }

    /// <summary>Call after every slot taken or given back.</summary>
    public void RefreshSlots(int instance)
    {
        ulong bit = 1UL << instance;
        _withFreeSlot = _instances[instance].Free > 0 ? _withFreeSlot | bit : _withFreeSlot & ~bit;
    }

    /// <summary>Somebody goes through the instance's scarce window, or nobody does.</summary>
    public void SetProbe(int instance, WorkItem? probe)
    {
        _instances[instance].Probe = probe;
        ulong bit = 1UL << instance;
        _probed = probe is null ? _probed & ~bit : _probed | bit;
    }

    /// <summary>Call after every change of a limit, a gate or a window.</summary>
    public void Refresh(int instance, long now)
    {
        RefreshSlots(instance);
        InstanceCapacity capacity = _instances[instance];
        ulong bit = 1UL << instance;
        for (int rank = 0; rank < _open.Length; rank++)
        {
            _open[rank] = capacity.OpensAt(rank) <= now ? _open[rank] | bit : _open[rank] & ~bit;
        }

        _alive = capacity.IsDead(now) ? _alive & ~bit : _alive | bit;
        if (capacity.Limit > 0)
        {
            Known |= new InstanceSet(bit);
        }
    }
}
