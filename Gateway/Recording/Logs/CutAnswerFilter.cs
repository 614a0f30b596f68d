using Gateway.Requests;

namespace Gateway.Recording.Logs;

/// <summary>Leaves out the server's error, with its stack, for an answer that is cut off on purpose: the access log tells of it.</summary>
/// <param name="all">Makes the loggers, and is disposed with this one.</param>
internal sealed class CutAnswerFilter(ILoggerFactory all) : ILoggerFactory
{
    private const string Server = "Microsoft.AspNetCore.Server.Kestrel";

    public ILogger CreateLogger(string categoryName) => categoryName == Server ? new Logger(all.CreateLogger(categoryName)) : all.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => all.AddProvider(provider);

    public void Dispose() => all.Dispose();

    private sealed class Logger(ILogger server) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => server.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => server.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not CutAnswerException)
            {
                server.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
