namespace Load.Replay;

/// <summary>One recorded request.</summary>
/// <param name="At">When it came, in ticks of 100 ns.</param>
/// <param name="ContextTokens">Length of its prompt.</param>
/// <param name="GeneratedTokens">Length of its answer.</param>
internal readonly record struct TraceRow(long At, int ContextTokens, int GeneratedTokens);
