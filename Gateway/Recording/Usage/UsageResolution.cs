namespace Gateway.Recording.Usage;

/// <summary>How finely, and for how long, usage is kept. Times are counted in such steps since 1970, in UTC.</summary>
/// <param name="Step">Length of one slot.</param>
/// <param name="Slots">How many of them.</param>
/// <param name="BlockSlots">How many of them share a key on Redis.</param>
/// <param name="Name">Part of that key.</param>
internal sealed record UsageResolution(TimeSpan Step, int Slots, int BlockSlots, string Name)
{
    public static readonly UsageResolution Minutes = new(TimeSpan.FromMinutes(1), 24 * 60, 60, "minutes");

    public static readonly UsageResolution Hours = new(TimeSpan.FromHours(1), 30 * 24, 24, "hours");

    public static readonly IReadOnlyList<UsageResolution> All = [Minutes, Hours];

    /// <summary>Number of the slot in which a moment lies.</summary>
    public long SlotOf(DateTimeOffset moment) => (moment - DateTimeOffset.UnixEpoch).Ticks / Step.Ticks;

    public DateTimeOffset StartOf(long slot) => DateTimeOffset.UnixEpoch + (slot * Step);

    /// <summary>The oldest slot that is kept.</summary>
    public long Oldest(DateTimeOffset now) => SlotOf(now) - Slots + 1;
}
