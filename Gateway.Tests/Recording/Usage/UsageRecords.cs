using Gateway.Recording;
using Gateway.Recording.Usage;
using Gateway.Requests;

namespace Gateway.Tests.Recording.Usage;

/// <summary>Requests that are over, for what they count for.</summary>
internal static class UsageRecords
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A request of the API that one call of an instance has answered in 2 s.</summary>
    public static AccessRecord Answered(DateTimeOffset ended, string instance = "a", int priority = 3)
    {
        var record = new AccessRecord
        {
            RequestId = "id",
            StartedAt = ended - TimeSpan.FromSeconds(2),
            Started = 0,
            Listener = "batch",
            Priority = priority,
            Method = "POST",
            Path = "/v1/chat/completions",
            IsApi = true,
            Status = 200,
            Outcome = Outcome.Relayed,
            Instance = instance,
            InputTokens = 10,
            OutputTokens = 5,
            Attempts = 1,
            Duration = TimeSpan.FromSeconds(2),
            Queued = TimeSpan.FromMilliseconds(500),
        };
        record.Add(new AttemptRecord(1, instance, TimeSpan.Zero, TimeSpan.FromSeconds(1), null, AttemptEnd.Answered, Outcome.Relayed, 200, null));
        return record;
    }

    /// <summary>Sums of one slot.</summary>
    public static UsageSlot Slot(this UsageHistory history, UsageResolution resolution, DateTimeOffset at)
    {
        var sum = new UsageSlot();
        history.AddTo(sum, resolution, resolution.SlotOf(at));
        return sum;
    }

    public static long Requests(this UsageHistory history, UsageResolution resolution, DateTimeOffset at) =>
        history.Slot(resolution, at).Of(UsageKey.Whole)[UsageField.Requests];
}
