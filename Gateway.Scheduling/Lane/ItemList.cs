namespace Gateway.Scheduling;

/// <summary>
/// A doubly linked list through the items themselves. An item has two pairs of links: its place (queued, sleeping or running: one
/// at a time) and its standing among possible victims.
/// </summary>
internal sealed class ItemList(bool ofVictims)
{
    public WorkItem? Head { get; private set; }

    public WorkItem? Tail { get; private set; }

    public int Count { get; private set; }

    private ref ItemLinks Links(WorkItem item) => ref ofVictims ? ref item.VictimLinks : ref item.PlaceLinks;

    public WorkItem? Next(WorkItem item) => Links(item).Next;

    public WorkItem? Previous(WorkItem item) => Links(item).Previous;

    public void AddLast(WorkItem item) => InsertAfter(Tail, item);

    /// <summary>Inserts behind <paramref name="place"/>; null inserts at the head.</summary>
    public void InsertAfter(WorkItem? place, WorkItem item)
    {
        ref ItemLinks links = ref Links(item);
        links.Previous = place;
        links.Next = place is null ? Head : Links(place).Next;
        if (links.Next is null)
        {
            Tail = item;
        }
        else
        {
            Links(links.Next).Previous = item;
        }

        if (place is null)
        {
            Head = item;
        }
        else
        {
            Links(place).Next = item;
        }

        Count++;
    }

    public void Remove(WorkItem item)
    {
        ref ItemLinks links = ref Links(item);
        if (links.Previous is null)
        {
            Head = links.Next;
        }
        else
        {
            Links(links.Previous).Next = links.Next;
        }

        if (links.Next is null)
        {
            Tail = links.Previous;
        }
        else
        {
            Links(links.Next).Previous = links.Previous;
        }

        links = default;
        Count--;
    }
}
