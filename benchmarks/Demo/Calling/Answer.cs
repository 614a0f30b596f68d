namespace Demo.Calling;

/// <summary>What a caller got.</summary>
/// <param name="Status">HTTP status; 0 when there was none.</param>
/// <param name="Problem">Why it is not the one whole answer to this very request; null when it is.</param>
internal sealed record Answer(int Status, string? Problem);
