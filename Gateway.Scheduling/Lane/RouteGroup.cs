namespace Gateway.Scheduling;

/// <summary>
/// The FIFO of those items of a lane that the same instances can serve: an item whose instances are full must not block one whose
/// instances are free.
/// </summary>
internal sealed class RouteGroup(InstanceSet instances)
{
    private readonly ItemList _items = new(ofVictims: false);

    public InstanceSet Instances { get; } = instances;

    public WorkItem? Head => _items.Head;

    public int Count => _items.Count;

    /// <summary>Waiting items that may interrupt others now. A count is enough: within a group and tier they are interchangeable.</summary>
    public int Entitled { get; set; }

    public WorkItem? Next(WorkItem item) => _items.Next(item);

    /// <summary>
    /// Puts an item at the place of its sequence number. A new item belongs at the tail, a requeued one near the head (everything
    /// granted before it was older still), so both are found at once.
    /// </summary>
    public void Insert(WorkItem item)
    {
        if (_items.Tail is null || _items.Tail.Sequence < item.Sequence)
        {
            _items.AddLast(item);
            return;
        }

        WorkItem? place = null;
        for (WorkItem? next = _items.Head; next is not null && next.Sequence < item.Sequence; next = _items.Next(next))
        {
            place = next;
        }

        _items.InsertAfter(place, item);
    }

    public void Remove(WorkItem item) => _items.Remove(item);
}
