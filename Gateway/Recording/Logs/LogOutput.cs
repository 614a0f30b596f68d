namespace Gateway.Recording.Logs;

/// <summary>Where the log goes and how it looks there: lines for a person on a terminal, JSON into a pipe.</summary>
internal sealed class LogOutput : IAsyncDisposable
{
    private readonly TimeProvider _time;

    public LogOutput(Stream stream, bool isTerminal, bool useColour, TimeProvider time)
    {
        IsTerminal = isTerminal;
        _time = time;
        Writer = new LogWriter(stream, isTerminal ? new TerminalLogFormat(useColour) : new JsonLogFormat(), time);
    }

    public bool IsTerminal { get; }

    public LogWriter Writer { get; }

    /// <summary>Standard output; NO_COLOR is respected.</summary>
    public static LogOutput Console(TimeProvider time) => new(
        System.Console.OpenStandardOutput(), !System.Console.IsOutputRedirected,
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")), time);

    /// <summary>Text for a person, as it is.</summary>
    public void WriteText(string text) => Writer.Write(
        new LogEntry(_time.GetUtcNow(), LogLevel.None, default, "", text, Fields: null, Exception: null, Access: null));

    public ValueTask DisposeAsync() => Writer.DisposeAsync();
}
