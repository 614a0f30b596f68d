namespace Gateway.Scheduling;

/// <summary>One tier's waiting, sleeping and running items. Touched by the scheduler's single writer only.</summary>
internal sealed class Lane(int priority, int rank)
{
    /// <summary>Empty route groups are kept for reuse up to this many groups, so that a steady flow allocates nothing.</summary>
    private const int MaxIdleGroups = 32;

    private readonly List<RouteGroup> _groups = [];

    /// <summary>The configured priority: lower is more urgent.</summary>
    public int Priority { get; } = priority;

    /// <summary>0 for the most urgent lane, then 1, 2, ...</summary>
    public int Rank { get; } = rank;

    /// <summary>May some other lane interrupt this one's attempts?</summary>
    public bool Preemptible { get; set; }

    /// <summary>Takes items and grants none.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Waiting items, the sleeping ones not counted.</summary>
    public int Count { get; private set; }

    /// <summary>Body bytes of the waiting items.</summary>
    public long Bytes { get; private set; }

    /// <summary>Waiting items that may interrupt others now, over all groups.</summary>
    public int Entitled { get; private set; }

    /// <summary>As a list, because walking an interface would allocate an enumerator in every step. Not to be changed from outside.</summary>
    public List<RouteGroup> Groups => _groups;

    public ItemList Sleeping { get; } = new(ofVictims: false);

    /// <summary>Items that hold a slot, whatever their attempt's state.</summary>
    public ItemList Running { get; } = new(ofVictims: false);

    /// <summary>Running items that may be interrupted, in the order of their effective start: the tail is the newest.</summary>
    public ItemList Victims { get; } = new(ofVictims: true);

    public LaneTotals Totals { get; } = new();

    public void Enqueue(WorkItem item)
    {
        RouteGroup group = GroupOf(item.Route);
        item.Group = group;
        group.Insert(item);
        Count++;
        Bytes += item.Bytes;
    }

    public void Dequeue(WorkItem item)
    {
        RouteGroup group = item.Group!;
        if (item.IsEntitled)
        {
            item.IsEntitled = false;
            group.Entitled--;
            Entitled--;
        }

        group.Remove(item);
        item.Group = null;
        Count--;
        Bytes -= item.Bytes;
    }

    /// <summary>The waiting item's route has changed; nothing else about its wait has.</summary>
    public void Reroute(WorkItem item)
    {
        bool entitled = item.IsEntitled;
        Dequeue(item);
        Enqueue(item);
        if (entitled)
        {
            Entitle(item);
        }
    }

    /// <summary>From now on the waiting item may interrupt others.</summary>
    public void Entitle(WorkItem item)
    {
        item.IsEntitled = true;
        item.Group!.Entitled++;
        Entitled++;
    }

    /// <summary>Puts an attempt among the possible victims, ordered by its effective start.</summary>
    public void AddVictim(WorkItem item)
    {
        WorkItem? place = Victims.Tail;
        while (place is not null && (place.EffectiveStart, place.GrantOrder).CompareTo((item.EffectiveStart, item.GrantOrder)) > 0)
        {
            place = Victims.Previous(place);
        }

        Victims.InsertAfter(place, item);
        item.IsVictim = true;
    }

    public void RemoveVictim(WorkItem item)
    {
        if (item.IsVictim)
        {
            Victims.Remove(item);
            item.IsVictim = false;
        }
    }

    private RouteGroup GroupOf(InstanceSet instances)
    {
        foreach (RouteGroup group in _groups)
        {
            if (group.Instances == instances)
            {
                return group;
            }
        }

        if (_groups.Count >= MaxIdleGroups)
        {
            _groups.RemoveAll(static group => group.Count == 0);
        }

        // In one order whatever came first, so that who interrupts for whom depends on who waits and not on who has waited before.
        int place = 0;
        while (place < _groups.Count && _groups[place].Instances.Bits > instances.Bits)
        {
            place++;
        }

        var added = new RouteGroup(instances);
        _groups.Insert(place, added);
        return added;
    }
}
