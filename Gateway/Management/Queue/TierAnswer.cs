namespace Gateway.Management.Queue;

/// <summary>A tier was paused or resumed.</summary>
internal sealed record TierAnswer(string Message, int Priority, bool Paused);
