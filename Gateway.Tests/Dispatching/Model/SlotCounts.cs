namespace Gateway.Tests.Dispatching.Model;

/// <summary>Slots of one instance as a scheduler counts them.</summary>
internal readonly record struct SlotCounts(int Running, int Ending, int Cooling, int Leaked);
