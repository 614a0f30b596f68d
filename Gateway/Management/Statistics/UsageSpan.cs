using Gateway.Recording.Usage;

namespace Gateway.Management.Statistics;

/// <summary>Which slots a window of time is made of, ending with the one that runs. Pure.</summary>
/// <param name="Resolution">How finely they are kept.</param>
/// <param name="First">The first slot.</param>
/// <param name="Points">How many points.</param>
/// <param name="SlotsPerPoint">Slots of each point.</param>
internal readonly record struct UsageSpan(UsageResolution Resolution, long First, int Points, int SlotsPerPoint)
{
    public const int MaxMinutes = 30 * 24 * MinutesPerHour;

    /// <summary>Beyond that, only hours are kept.</summary>
    public const int FineMinutes = 24 * MinutesPerHour;

    public const int MinutesPerHour = 60;

    /// <summary>
    /// Points begin at whole multiples of their length, so that asking again later tells the same ones; the first is the one in which the window
    /// begins. What it would have in front of what is kept is left out.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="window">In minutes.</param>
    /// <param name="granularity">In minutes; whole hours for a window beyond <see cref="FineMinutes"/>.</param>
    public static UsageSpan Of(DateTimeOffset now, int window, int granularity)
    {
        UsageResolution resolution = window <= FineMinutes ? UsageResolution.Minutes : UsageResolution.Hours;
        int minutesPerSlot = (int)resolution.Step.TotalMinutes;
        int slotsPerPoint = granularity / minutesPerSlot;
        long firstPoint = Math.Max(resolution.SlotOf(now.AddMinutes(-window)), resolution.Oldest(now)) / slotsPerPoint;
        long lastPoint = resolution.SlotOf(now) / slotsPerPoint;
        return new UsageSpan(resolution, firstPoint * slotsPerPoint, (int)(lastPoint - firstPoint) + 1, slotsPerPoint);
    }

    /// <summary>All of the window as one point; the minute, or hour, that runs is the last of it.</summary>
    public static UsageSpan Sum(DateTimeOffset now, int window)
    {
        UsageResolution resolution = window <= FineMinutes ? UsageResolution.Minutes : UsageResolution.Hours;
        int slots = SlotsOf(window, (int)resolution.Step.TotalMinutes);
        return new UsageSpan(resolution, resolution.SlotOf(now) - slots + 1, Points: 1, slots);
    }

    public ValueTask<UsageSeries> ReadAsync(UsageLookup reader) => reader.ReadAsync(Resolution, First, Points, SlotsPerPoint);

    public DateTimeOffset StartOf(int point) => Resolution.StartOf(First + ((long)point * SlotsPerPoint));

    private static int SlotsOf(int minutes, int minutesPerSlot) => (minutes + minutesPerSlot - 1) / minutesPerSlot;
}
