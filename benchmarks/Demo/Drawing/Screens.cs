using Demo.Scripting;

namespace Demo.Drawing;

/// <summary>Picks the way of showing.</summary>
internal static class Screens
{
    public static Painter Painter { get; } = new(!Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));

    public static IScreen Open(TextWriter output, int slots) => IsLive()
        ? new LiveScreen(output, Painter, slots)
        : new PlainScreen(output, Painter, slots);

    /// <summary>Nothing can be redrawn above the first line of a terminal, so that the whole picture has to fit.</summary>
    private static bool IsLive() =>
        !Console.IsOutputRedirected
        && Environment.GetEnvironmentVariable("TERM") is not "dumb"
        && Console.WindowHeight >= LiveScreen.HeightFor(Screenplay.Requests.Count);
}
