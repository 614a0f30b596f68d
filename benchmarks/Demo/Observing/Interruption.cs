namespace Demo.Observing;

/// <summary>A call that had to make way.</summary>
/// <param name="Victim">Whose call.</param>
/// <param name="Call">The call.</param>
/// <param name="By">Who got its slot.</param>
internal sealed record Interruption(Row Victim, ServerCall Call, Row By)
{
    public TimeSpan At => Call.End!.Value;

    /// <summary>The work thrown away.</summary>
    public TimeSpan Lost => At - Call.Start;
}
