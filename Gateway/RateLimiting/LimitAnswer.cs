namespace Gateway.RateLimiting;

/// <summary>All of the demands were granted, or none.</summary>
internal readonly record struct LimitAnswer(bool IsGranted, LimitState First, LimitState Second);
