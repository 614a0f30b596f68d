namespace Gateway.Management.Queue;

/// <summary>A request was taken out of the queue.</summary>
internal sealed record RemovalAnswer(string Message, long Id);
