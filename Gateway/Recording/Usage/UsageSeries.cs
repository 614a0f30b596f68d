namespace Gateway.Recording.Usage;

/// <summary>Sums per point of time.</summary>
/// <param name="Points">In order, without gaps.</param>
/// <param name="IsShared">They are those of all gateways on Redis; else of this one alone.</param>
internal sealed record UsageSeries(IReadOnlyList<UsageSlot> Points, bool IsShared);
