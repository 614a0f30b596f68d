namespace Gateway.RateLimiting;

/// <summary>How a window stands after a demand.</summary>
/// <param name="Remaining">What is left of the demand's limit, at least 0.</param>
/// <param name="Used">What is taken of the window, by whomever.</param>
/// <param name="RetryAfter">Until the amount fits; zero when it did, infinite when it never will.</param>
/// <param name="ResetAfter">Until the window is empty again, if nobody takes any more.</param>
/// <param name="Receipt">For the settling.</param>
internal readonly record struct LimitState(long Remaining, long Used, TimeSpan RetryAfter, TimeSpan ResetAfter, LimitReceipt Receipt);
