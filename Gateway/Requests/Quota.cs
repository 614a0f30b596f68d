namespace Gateway.Requests;

/// <summary>How a caller's limit stands after this request, for the caller to know.</summary>
/// <param name="Limit">Per minute.</param>
/// <param name="Remaining">What is left of it.</param>
/// <param name="Reset">Until all of it is there again.</param>
internal readonly record struct Quota(long Limit, long Remaining, TimeSpan Reset);
