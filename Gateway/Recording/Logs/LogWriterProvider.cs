using Gateway.Configuration;

namespace Gateway.Recording.Logs;

/// <summary>Brings the framework's and our own log messages to the <see cref="LogWriter"/>, at the configured level.</summary>
internal sealed class LogWriterProvider(LogWriter writer, OptionsSnapshot options, TimeProvider time) : ILoggerProvider
{
    /// <summary>They quote requests below warnings: a malformed header line with the key in it, a target with its query.</summary>
    private static readonly string[] Quoting = ["Microsoft.AspNetCore.Server.Kestrel.BadRequests", "Microsoft.AspNetCore.Hosting.Diagnostics"];

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, writer, options, time);

    public void Dispose()
    {
        // The writer belongs to the app, which disposes it after the last message.
    }

    private sealed class Logger(string category, LogWriter writer, OptionsSnapshot options, TimeProvider time) : ILogger
    {
        private readonly bool _isOurs = category.StartsWith("Gateway", StringComparison.Ordinal);
        private readonly bool _isQuoting = Quoting.Contains(category);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        /// <summary>The framework's own chatter is worth a line only from warnings up, unless debugging.</summary>
        public bool IsEnabled(LogLevel logLevel)
        {
            GatewayOptions current = options.Current;
            LogLevel least = current.Debug ? LogLevel.Debug : current.LogLevel;
            return logLevel != LogLevel.None && logLevel >= (_isOurs || (current.Debug && !_isQuoting) ? least : (LogLevel)Math.Max((int)least, (int)LogLevel.Warning));
        }

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                writer.Write(new LogEntry(
                    time.GetUtcNow(), logLevel, eventId, category, formatter(state, exception),
                    state as IReadOnlyList<KeyValuePair<string, object?>>, exception, Access: null));
            }
        }
    }
}
