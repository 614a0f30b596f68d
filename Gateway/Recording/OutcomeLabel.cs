using System.Text.Json;
using Gateway.Requests;

namespace Gateway.Recording;

/// <summary>How things ended, in one spelling for everybody who tells of it: what is read in a metric can be looked for in the log.</summary>
internal static class OutcomeLabel
{
    private static readonly string[] Outcomes = NamesOf<Outcome>();
    private static readonly string[] Ends = NamesOf<AttemptEnd>();
    private static readonly string[] CacheStates = NamesOf<CacheState>();

    public static string Of(Outcome outcome) => Outcomes[(int)outcome];

    public static string Of(AttemptEnd end) => Ends[(int)end];

    public static string Of(CacheState state) => CacheStates[(int)state];

    /// <summary>Which limit refused the request; null when none did.</summary>
    public static string? LimitOf(Outcome outcome) => outcome switch
    {
        Outcome.RequestLimit => "requests",
        Outcome.TokenLimit => "tokens",
        Outcome.WindowClosed or Outcome.WindowTooSmall => "window",
        Outcome.UpstreamPaused => "upstream",
        Outcome.QueueFull => "queue",
        _ => null,
    };

    private static string[] NamesOf<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];
}
