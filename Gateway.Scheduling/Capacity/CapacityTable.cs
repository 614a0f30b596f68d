namespace Gateway.Scheduling;

/// <summary>All instances, and which of them can take an attempt right now as one bit set.</summary>
internal sealed class CapacityTable
{
    private readonly InstanceCapacity[] _instances;
    private ulong _withFreeSlot;
    private ulong _open;
    private ulong _alive;

    public CapacityTable(IReadOnlyList<int> limits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.Count, InstanceSet.MaxInstances);
        _instances = new InstanceCapacity[InstanceSet.MaxInstances];
        for (int i = 0; i < _instances.Length; i++)
        {
            int limit = i < limits.Count ? limits[i] : 0;
            ArgumentOutOfRangeException.ThrowIfNegative(limit);
            _instances[i] = new InstanceCapacity { Limit = limit };
            Refresh(i, now: 0);
        }
    }

    /// <summary>Instances with a free slot and open gates.</summary>
    public InstanceSet Available => new(_withFreeSlot & _open);

    /// <summary>Instances whose gates are open.</summary>
    public InstanceSet Open => new(_open);

    /// <summary>
    /// Instances in service. One whose circuit closed while another of its gates is shut joins them only with the next
    /// <see cref="RefreshGates"/>.
    /// </summary>
    public InstanceSet Alive => new(_alive);

    /// <summary>
    /// When the next closed instance opens by itself; <see cref="long.MaxValue"/> when none does. One time for all gates, instead of
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

    /// <summary>When the first dead instance of the set that has slots opens by itself; <see cref="long.MaxValue"/> when none does.</summary>
    public long NextRevival(InstanceSet set)
    {
        long next = long.MaxValue;
        ulong bits = set.Bits & ~_alive;
        while (bits != 0)
        {
            InstanceCapacity capacity = _instances[InstanceSet.TakeLowest(ref bits)];
            next = capacity.Limit > 0 ? Math.Min(next, capacity.OpensAt()) : next;
        }

        return next;
    }

    /// <summary>Opens what is due. Call after every change of a gate, and when <see cref="NextOpening"/> has come.</summary>
    public void RefreshGates(long now)
    {
        NextOpening = long.MaxValue;
        ulong closed = ~_open;
        while (closed != 0)
        {
            int instance = InstanceSet.TakeLowest(ref closed);
            Refresh(instance, now);
            if (!Open.Contains(instance))
            {
                NextOpening = Math.Min(NextOpening, _instances[instance].OpensAt());
            }
        }
    }

    /// <summary>Call after every slot taken or given back.</summary>
    public void RefreshSlots(int instance)
    {
        ulong bit = 1UL << instance;
        _withFreeSlot = _instances[instance].Free > 0 ? _withFreeSlot | bit : _withFreeSlot & ~bit;
    }

    /// <summary>Call after every change of a limit or a gate.</summary>
    public void Refresh(int instance, long now)
    {
        RefreshSlots(instance);
        InstanceCapacity capacity = _instances[instance];
        ulong bit = 1UL << instance;
        _open = capacity.IsOpen(now) ? _open | bit : _open & ~bit;
        _alive = capacity.IsDead(now) ? _alive & ~bit : _alive | bit;
        if (capacity.Limit > 0)
        {
            Known |= new InstanceSet(bit);
        }
    }
}
