namespace Demo.Calling;

/// <summary>How far a caller is, seen from outside.</summary>
/// <param name="SentAt">When the request left; null before.</param>
/// <param name="FirstContentAt">When the first word of a stream arrived.</param>
/// <param name="EndedAt">When the answer was complete, or had failed.</param>
/// <param name="Answer">The answer; null until it ended.</param>
internal sealed record CallerView(TimeSpan? SentAt, TimeSpan? FirstContentAt, TimeSpan? EndedAt, Answer? Answer);
