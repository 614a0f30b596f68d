using System.Text.Json;
using Gateway.Requests;

namespace Gateway.Recording.Metrics;

/// <summary>An outcome as a label, and what else it says.</summary>
internal static class OutcomeLabel
{
    private static readonly string[] Names = [.. Enum.GetNames<Outcome>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    public static string Of(Outcome outcome) => Names[(int)outcome];

    public static string Of(CacheState state) => state switch
    {
        CacheState.Hit => "hit",
        CacheState.Shared => "shared",
        CacheState.Miss => "miss",
        _ => "bypass",
    };

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

    /// <summary>Only of a route of the gateway's own, or of none.</summary>
    public static bool IsOwn(Outcome outcome) => outcome is
        Outcome.Answered or Outcome.RouteNotFound or Outcome.MethodNotAllowed or Outcome.ManagementUnauthorized or Outcome.ManagementForbidden;
}
