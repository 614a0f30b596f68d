namespace Gateway.Recording.Logs;

/// <summary>Brings those of the framework's and our own log messages that <see cref="LogPolicy"/> lets pass to the <see cref="LogWriter"/>.</summary>
internal sealed class LogWriterProvider : ILoggerProvider
{
    /// <summary>Lines per second of one event, from warnings up: each may hold a stack.</summary>
    public const int WarningsPerSecond = 20;

    private static readonly EventId NotLogged = new(2002, "EventsNotLogged");

    private readonly LogWriter _writer;
    private readonly TimeProvider _time;
    private readonly StormGate<(string Category, int Id, LogLevel Level)> _warnings;

    public LogWriterProvider(LogWriter writer, TimeProvider time)
    {
        (_writer, _time) = (writer, time);
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
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel < LogLevel.Warning || owner._warnings.Admits((category, eventId.Id, logLevel)))
            {
                owner._writer.Write(new LogEntry(
                    owner._time.GetUtcNow(), logLevel, eventId, category, formatter(state, exception),
                    state as IReadOnlyList<KeyValuePair<string, object?>>, exception, Access: null));
            }
        }
    }
}
