namespace Gateway.Scheduling;

/// <summary>
/// Deals the slots that are free or coming free out to the waiters that may interrupt others, so that nobody is interrupted for a
/// waiter who will be served anyway (I7). Which slot a waiter gets is open until the end: a waiter with a choice moves to another
/// slot when one without a choice needs the first (an augmenting path of bipartite matching).
/// </summary>
internal sealed class ComingSlots(CapacityTable capacity)
{
    private readonly int[] _left = new int[InstanceSet.MaxInstances];
    private readonly int[] _movedBy = new int[InstanceSet.MaxInstances];
    private readonly List<Claim> _claims = [];
    private ulong _withLeft;

    /// <summary>Counts anew, with nothing dealt out.</summary>
    public void Count()
    {
        _claims.Clear();
        _withLeft = 0;
        ulong bits = capacity.Known.Bits;
        while (bits != 0)
        {
            int instance = InstanceSet.TakeLowest(ref bits);
            _left[instance] = Math.Max(0, capacity[instance].FreeSoon);
            _withLeft |= _left[instance] > 0 ? 1UL << instance : 0;
        }
    }

    /// <summary>True when a slot is found for one more waiter that can use these instances, in addition to all before it.</summary>
    public bool TryClaim(InstanceSet usable)
    {
        if (_withLeft == 0)
        {
            return false;
        }

        ulong direct = usable.Bits & _withLeft;
        if (direct == 0)
        {
            return TryMakeRoom(usable);
        }

        int instance = InstanceSet.TakeLowest(ref direct);
        Take(instance);
        Add(usable, instance);
        return true;
    }

    /// <summary>The waiter gets the slot of an attempt that was revoked for it just now.</summary>
    public void Add(InstanceSet usable, int instance) => _claims.Add(new Claim(usable, instance));

    private void Take(int instance)
    {
        if (--_left[instance] == 0)
        {
            _withLeft &= ~(1UL << instance);
        }
    }

    /// <summary>Looks for the shortest chain of moves that ends at a slot left over.</summary>
    private bool TryMakeRoom(InstanceSet usable)
    {
        ulong reached = usable.Bits;
        for (ulong before = 0; before != reached;)
        {
            before = reached;
            for (int i = 0; i < _claims.Count; i++)
            {
                Claim claim = _claims[i];
                ulong further = new InstanceSet(before).Contains(claim.Instance) ? claim.Usable.Bits & ~reached : 0;
                reached |= further;
                while (further != 0)
                {
                    int instance = InstanceSet.TakeLowest(ref further);
                    _movedBy[instance] = i;
                    if (_left[instance] > 0)
                    {
                        MoveAlong(instance, usable);
                        return true;
                    }
                }
            }
        }

        return false;
    }

    private void MoveAlong(int instance, InstanceSet usable)
    {
        Take(instance);
        while (!usable.Contains(instance))
        {
            int mover = _movedBy[instance];
            int vacated = _claims[mover].Instance;
            _claims[mover] = _claims[mover] with { Instance = instance };
            instance = vacated;
        }

        Add(usable, instance);
    }

    private readonly record struct Claim(InstanceSet Usable, int Instance);
}
