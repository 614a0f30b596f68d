using System.Globalization;

namespace Gateway.Listeners;

/// <summary>
/// How many callers the process has files for. A process without descriptors cannot even load code any more, and ends; so callers beyond
/// are turned away at the door.
/// </summary>
internal static class DescriptorBudget
{
    /// <summary>The program's own files (measured: 265), Redis, sinks and uploads.</summary>
    public const int Reserve = 320;

    /// <summary>Of the reserve: callers that are just being turned away.</summary>
    public const int AtTheDoor = 32;

    /// <summary>Fewer are no gateway.</summary>
    public const int Least = 8;

    /// <summary>Callers that may be connected at once.</summary>
    /// <param name="limits">The text of <c>/proc/self/limits</c>.</param>
    /// <param name="slots">Upstream calls that there may be at once; a caller needs one at most.</param>
    public static int Callers(string limits, int slots)
    {
        string? line = limits.Split('\n').FirstOrDefault(static line => line.StartsWith("Max open files", StringComparison.Ordinal));
        if (line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [_, _, _, var soft, ..] || !int.TryParse(soft, CultureInfo.InvariantCulture, out int open))
        {
            return int.MaxValue;
        }

        int free = open - Reserve;
        return Math.Max(Least, Math.Max(free / 2, free - slots));
    }

    /// <summary>How many of the callers are kept for a management port: whoever takes all the others shuts out neither probes nor operators.</summary>
    public static int Operators(int callers) => Math.Clamp(callers / 8, Math.Min(callers / 2, 16), 256);

    /// <summary>Where the system does not say, there is no bound but the configured one.</summary>
    public static string ReadLimits() => File.Exists("/proc/self/limits") ? File.ReadAllText("/proc/self/limits") : "";
}
