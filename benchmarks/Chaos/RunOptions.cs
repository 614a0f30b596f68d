using System.Globalization;

namespace Chaos;

/// <summary>The command line.</summary>
internal sealed record RunOptions(bool IsSoak, int Minutes, IReadOnlyList<string> Rows)
{
    public const string Usage = "usage: Chaos [row ...]            the fault suite, or only the scenarios of these rows\n       Chaos soak [minutes]      mixed traffic with a fault a minute (20 minutes)";

    private const int DefaultMinutes = 20;

    /// <summary>Null when the words make no sense.</summary>
    public static RunOptions? Parse(IReadOnlyList<string> words) => words switch
    {
        ["soak"] => new RunOptions(true, DefaultMinutes, []),
        ["soak", var minutes] => int.TryParse(minutes, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and < 10_000
            ? new RunOptions(true, number, [])
            : null,
        _ => words.All(Suite.Knows) ? new RunOptions(false, 0, [.. words]) : null,
    };
}
