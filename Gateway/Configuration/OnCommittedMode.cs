using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>What preemption does to an attempt whose content has reached its caller.</summary>
internal enum OnCommittedMode
{
    /// <summary>It runs to its end.</summary>
    [JsonStringEnumMemberName("protect")]
    Protect,

    /// <summary>Refused at the start. Of a later version: it is interrupted and continued mid-stream by a later attempt.</summary>
    [JsonStringEnumMemberName("continue")]
    Continue,

    /// <summary>Refused at the start. Of a later version: content is held back until the answer is complete, so nothing commits early.</summary>
    [JsonStringEnumMemberName("buffer")]
    Buffer,
}
