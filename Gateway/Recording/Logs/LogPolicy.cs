using Gateway.Configuration;

namespace Gateway.Recording.Logs;

/// <summary>What is logged, to standard output and to a collector alike. Pure: a reload changes it at once.</summary>
internal static class LogPolicy
{
    private const string Own = nameof(Gateway);
    private const string Hosting = "Microsoft.Extensions.Hosting";
    private const string Diagnostics = "Microsoft.AspNetCore.Hosting.Diagnostics";
    private const string BadRequests = "Microsoft.AspNetCore.Server.Kestrel.BadRequests";

    /// <summary>Of the gateway's own messages.</summary>
    public static LogLevel LeastOf(GatewayOptions options) => options.Debug ? LogLevel.Debug : options.LogLevel;

    public static LogLevel LeastOf(string? category, GatewayOptions options)
    {
        LogLevel least = LeastOf(options);
        if (category?.StartsWith(Own, StringComparison.Ordinal) == true)
        {
            return least;
        }

        return category switch
        {
            // It has nothing to say that the access log does not, and makes an activity for each request as long as somebody might listen.
            Diagnostics => LogLevel.None,

            // A start that fails is told by whoever started it, once.
            not null when category.StartsWith(Hosting, StringComparison.Ordinal) => LogLevel.Critical,

            // Below warnings it quotes requests: a malformed header line with the key in it.
            BadRequests => Quiet(least),

            // The framework's own chatter is worth a line only from warnings up, unless debugging.
            _ => options.Debug ? least : Quiet(least),
        };
    }

    private static LogLevel Quiet(LogLevel least) => (LogLevel)Math.Max((int)least, (int)LogLevel.Warning);
}
