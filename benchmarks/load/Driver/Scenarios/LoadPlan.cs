namespace Load.Driver.Scenarios;

/// <summary>The same request over and over.</summary>
/// <param name="Request">Its bytes.</param>
/// <param name="Connections">On how many connections at once.</param>
/// <param name="Requests">How many in all.</param>
/// <param name="MinimumEvents">An answer must have so many at least; 0 means that it is a plain one.</param>
/// <param name="PerSecond">At which pace, whatever becomes of them; 0: each when the answer before it is whole.</param>
internal sealed record LoadPlan(ReadOnlyMemory<byte> Request, int Connections, int Requests, int MinimumEvents, int PerSecond = 0);
