namespace Gateway.Scheduling;

/// <summary>An item's neighbours in one list. Intrusive, so that queueing allocates nothing and removal is O(1).</summary>
internal struct ItemLinks
{
    public WorkItem? Previous;
    public WorkItem? Next;
}
