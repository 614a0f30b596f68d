namespace Gateway.Scheduling;

/// <summary>All instances, and which of them can take an attempt right now as one bit set.</summary>
internal sealed class CapacityTable
{
    private readonly InstanceCapacity[] _instances;
    private ulong _withFreeSlot;
    private ulong _open;

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
    /// When the next closed instance opens by itself; <see cref="long.MaxValue"/> when none does. One time for all gates, instead of
    /// a timer for each change of one, because a gate can change as often as answers come.
    /// </summary>
    public long NextOpening { get; private set; } = long.MaxValue;

    /// <summary>Instances that have or had slots; others cannot serve anything.</summary>
    public InstanceSet Known { get; private set; }

    public InstanceCapacity this[int instance] => _instances[instance];

    /// <summary>The instance of the set with the most free slots; the first of equals.</summary>
    public int MostFree(InstanceSet candidates)
    {
        ulong bits = candidates.Bits;
        int best = InstanceSet.TakeLowest(ref bits);
        while (bits != 0)
        {
            int next = InstanceSet.TakeLowest(ref bits);
            if (_instances[next].Free > _instances[best].Free)
            {
                best = next;
            }
        }

        return best;
    }

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

    /// <summary>Call after every change of an instance.</summary>
    public void Refresh(int instance, long now)
    {
        InstanceCapacity capacity = _instances[instance];
        ulong bit = 1UL << instance;
        _withFreeSlot = capacity.Free > 0 ? _withFreeSlot | bit : _withFreeSlot & ~bit;
        _open = capacity.IsOpen(now) ? _open | bit : _open & ~bit;
        if (capacity.Limit > 0)
        {
            Known |= new InstanceSet(bit);
        }
    }
}
