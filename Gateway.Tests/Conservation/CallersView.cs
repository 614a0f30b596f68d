namespace Gateway.Tests.Conservation;

/// <summary>What a caller saw of its call.</summary>
/// <param name="Call">What it asked.</param>
/// <param name="Status">Of the answer; null when no head came.</param>
/// <param name="IsWhole">The answer came to its end, and in order.</param>
/// <param name="HasArrived">The gateway has certainly had it: an answer came, or the upstream was seen to work on it.</param>
/// <param name="Attempts">What the answer says of its attempts; null when it says nothing.</param>
/// <param name="Nonce">Whose answer the upstream made it; null when it says nothing.</param>
/// <param name="Usage">What the answer says it cost; null when it says nothing.</param>
internal sealed record CallersView(MixedCall Call, int? Status, bool IsWhole, bool HasArrived, int? Attempts, string? Nonce, (long Input, long Output)? Usage);
