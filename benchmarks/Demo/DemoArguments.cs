using System.Globalization;
using Demo.Scripting;

namespace Demo;

/// <summary>The command line.</summary>
/// <param name="Slots">Calls the server takes at once, at least 2. The script is written for the default; with many nobody has to make way.</param>
/// <param name="SvgFile">Where the final picture goes too, as SVG; null for nowhere.</param>
internal sealed record DemoArguments(int Slots, string? SvgFile)
{
    public const string Usage = "usage: Demo [--slots N] [--svg FILE]";

    /// <summary>Null when the arguments make no sense.</summary>
    public static DemoArguments? Parse(IReadOnlyList<string> args)
    {
        var parsed = new DemoArguments(Screenplay.Slots, SvgFile: null);
        for (int i = 0; i < args.Count; i += 2)
        {
            string? value = i + 1 < args.Count ? args[i + 1] : null;
            switch (args[i])
            {
                case "--slots" when int.TryParse(value, CultureInfo.InvariantCulture, out int slots) && slots is >= 2 and <= 100:
                    parsed = parsed with { Slots = slots };
                    break;
                case "--svg" when value is { Length: > 0 }:
                    parsed = parsed with { SvgFile = value };
                    break;
                default:
                    return null;
            }
        }

        return parsed;
    }
}
