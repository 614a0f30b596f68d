namespace Gateway.Scheduling;

/// <summary>
/// The optional bound on waiting (<see cref="TierPolicy.AgeLimit"/>): items older than it are served first, but in at most one of
/// four grants, so that a flood of old work cannot turn the order of the tiers around.
/// </summary>
internal sealed class Starvation
{
    private const int GrantsBetween = 3;

    private int _grantsSince = GrantsBetween;

    /// <summary>Set with the first item that has an age limit; without one nothing here costs anything.</summary>
    public bool IsUsed { get; set; }

    public static bool IsStarved(WorkItem item, long now) =>
        item.Policy.AgeLimit is { } limit && now - item.ArrivedAt >= limit.Ticks;

    /// <summary>The oldest starved item at the head of a route group that can start now, if it is the starved ones' turn.</summary>
    public WorkItem? Next(IReadOnlyList<Lane> lanes, InstanceSet available, long now)
    {
        if (!IsUsed || _grantsSince < GrantsBetween)
        {
            return null;
        }

        WorkItem? oldest = null;
        foreach (Lane lane in lanes)
        {
            foreach (RouteGroup group in lane.Groups)
            {
                if (group.Head is { } head && !(group.Instances & available).IsEmpty && IsStarved(head, now)
                    && (oldest is null || head.Sequence < oldest.Sequence))
                {
                    oldest = head;
                }
            }
        }

        return oldest;
    }

    public void CountGrant(bool starved) => _grantsSince = starved ? 0 : Math.Min(_grantsSince + 1, GrantsBetween);
}
