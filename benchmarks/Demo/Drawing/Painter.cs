using System.Globalization;
using System.Text;
using Demo.Observing;

namespace Demo.Drawing;

/// <summary>Turns coloured runs into text, with or without escape codes.</summary>
internal sealed class Painter(bool useColour)
{
    private const string Reset = "\e[0m";

    public string Line(IReadOnlyList<Run> runs)
    {
        var text = new StringBuilder();
        foreach (Run run in runs)
        {
            if (useColour && run.Ink != Ink.Plain)
            {
                text.Append(Code(run.Ink)).Append(run.Text).Append(Reset);
            }
            else
            {
                text.Append(run.Text);
            }
        }

        return text.ToString();
    }

    public string Event(ShowEvent happened) => Line(
    [
        new Run(string.Create(CultureInfo.InvariantCulture, $"  {happened.At.TotalSeconds,5:0.00} s  "), Ink.Faint),
        new Run(happened.Text, Inks.Of(happened.Tier)),
    ]);

    private static string Code(Ink ink) => ink switch
    {
        Ink.Strong => "\e[1m",
        Ink.Faint => "\e[2m",
        Ink.Urgent => "\e[38;5;208m",
        Ink.Normal => "\e[38;5;33m",
        Ink.Batch => "\e[38;5;71m",
        Ink.Cut => "\e[1;97;41m",
        Ink.Done => "\e[1;32m",
        _ => Reset,
    };
}
