using System.Text.Json.Serialization;
using Gateway.Scheduling;

namespace Gateway.Management.Dashboard.Feed;

/// <summary>One live request. There may be many in a frame, so what is zero is left out.</summary>
internal sealed record FrameItem
{
    public required long Id { get; init; }

    public required int Tier { get; init; }

    public required ItemState State { get; init; }

    /// <summary>Its arrival, in Unix milliseconds.</summary>
    public required long At { get; init; }

    /// <summary>Begin of its running call, in Unix milliseconds, to a tenth of a second; null when it holds no slot.</summary>
    public required long? Started { get; init; }

    public required string? RequestId { get; init; }

    public required string? Model { get; init; }

    /// <summary>Of the running call.</summary>
    public required string? Instance { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Attempts { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Interrupted { get; init; }

    /// <summary>Priority of the tier it was last interrupted for, which may be 0; null when it never was.</summary>
    public int? By { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Retries { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Committed { get; init; }
}
