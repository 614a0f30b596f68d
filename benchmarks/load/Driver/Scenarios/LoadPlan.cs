namespace Load.Driver.Scenarios;

/// <summary>The same request over and over: how often, on how many connections, and how many events each answer must have at least (0 = plain).</summary>
internal sealed record LoadPlan(ReadOnlyMemory<byte> Request, int Connections, int Requests, int MinimumEvents);
