using Gateway.Configuration;

namespace Gateway.Recording.Logs;

/// <summary>Brings the framework's and our own log messages to the <see cref="LogWriter"/>, at the configured level.</summary>
internal sealed class LogWriterProvider : ILoggerProvider
{
    /// <summary>Lines per second of one event, from warnings up: each may hold a stack.</summary>
    public const int WarningsPerSecond = 20;

    private static readonly EventId NotLogged = new(2002, "EventsNotLogged");

    /// <summary>They quote requests below warnings: a malformed header line with the key in it, a target with its query.</summary>
    private static readonly string[] Quoting = ["Microsoft.AspNetCore.Server.Kestrel.BadRequests", "Microsoft.AspNetCore.Hosting.Diagnostics"];

    private readonly LogWriter _writer;
    private readonly OptionsSnapshot _options;
    private readonly TimeProvider _time;
    private readonly StormGate<(string Category, int Id, LogLevel Level)> _warnings;

    public LogWriterProvider(LogWriter writer, OptionsSnapshot options, TimeProvider time)
    {
        (_writer, _options, _time) = (writer, options, time);
        _warnings = new StormGate<(string Category, int Id, LogLevel Level)>(WarningsPerSecond, time, TellHeld);
    }

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, this);

    /// <summary>The writer belongs to the app, which disposes it after the last message.</summary>
    public void Dispose() => _warnings.Dispose();

    private void TellHeld((string Category, int Id, LogLevel Level) kind, long count) => _writer.Write(new LogEntry(
        _time.GetUtcNow(), kind.Level, NotLogged, kind.Category, $"{count} more events {kind.Id} of {kind.Category} within a second",
        [new("of_event_id", kind.Id), new("of_category", kind.Category), new("count", count)], Exception: null, Access: null));

    private sealed class Logger(string category, LogWriterProvider owner) : ILogger
    {
        private readonly bool _isOurs = category.StartsWith("Gateway", StringComparison.Ordinal);
        private readonly bool _isQuoting = Quoting.Contains(category);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        /// <summary>The framework's own chatter is worth a line only from warnings up, unless debugging.</summary>
        public bool IsEnabled(LogLevel logLevel)
        {
            GatewayOptions current = owner._options.Current;
            LogLevel least = current.Debug ? LogLevel.Debug : current.LogLevel;
            return logLevel != LogLevel.None && logLevel >= (_isOurs || (current.Debug && !_isQuoting) ? least : (LogLevel)Math.Max((int)least, (int)LogLevel.Warning));
        }

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel) && (logLevel < LogLevel.Warning || owner._warnings.Admits((category, eventId.Id, logLevel))))
            {
                owner._writer.Write(new LogEntry(
                    owner._time.GetUtcNow(), logLevel, eventId, category, formatter(state, exception),
                    state as IReadOnlyList<KeyValuePair<string, object?>>, exception, Access: null));
            }
        }
    }
}
