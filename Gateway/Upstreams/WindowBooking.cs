using Gateway.RateLimiting;

namespace Gateway.Upstreams;

/// <summary>What an attempt has booked in its instance's window.</summary>
/// <param name="Verdict">May it be made.</param>
/// <param name="Receipt">What was booked; nothing when the instance has no window.</param>
internal readonly record struct WindowBooking(WindowVerdict Verdict, LimitReceipt Receipt = default);
