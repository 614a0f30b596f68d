namespace Gateway.Scheduling;

/// <summary>The slots of one instance between two steps.</summary>
/// <param name="Index">The instance.</param>
/// <param name="Limit">Its slots.</param>
/// <param name="Running">Slots whose attempt runs undisturbed.</param>
/// <param name="Ending">Slots whose attempt was cancelled, or has its verdict, and was not seen to end.</param>
/// <param name="Cooling">Slots resting after a revoked attempt.</param>
/// <param name="Leaked">Slots whose attempt's end is overdue.</param>
/// <param name="Open">All of its gates are open, and its window to every tier.</param>
public sealed record InstanceSnapshot(int Index, int Limit, int Running, int Ending, int Cooling, int Leaked, bool Open)
{
    /// <summary>Slots that nobody can have now.</summary>
    public int Taken => Running + Ending + Cooling + Leaked;
}
