namespace Load.Driver.Scenarios;

/// <summary>The same request over and over. An answer must have <c>MinimumEvents</c> at least; 0 means that it is a plain one.</summary>
internal sealed record LoadPlan(ReadOnlyMemory<byte> Request, int Connections, int Requests, int MinimumEvents);
