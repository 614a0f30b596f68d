namespace Gateway.Tests.Dispatching.Model;

/// <summary>An invariant of docs/scheduling.md does not hold.</summary>
internal sealed class InvariantViolation(string invariant, string message) : Exception($"{invariant}: {message}")
{
    public string Invariant => invariant;
}
