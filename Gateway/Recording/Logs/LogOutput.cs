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

    /// <summary>Standard output; NO_COLOR and TERM are respected.</summary>
    public static LogOutput Console(TimeProvider time) => new(
        System.Console.OpenStandardOutput(), !System.Console.IsOutputRedirected,
        WantsColour(Environment.GetEnvironmentVariable("NO_COLOR"), Environment.GetEnvironmentVariable("TERM")), time);

    /// <param name="noColour">The variable NO_COLOR: whatever is in it, it is meant.</param>
    /// <param name="terminal">The variable TERM: a dumb one shows the commands for colours as they are.</param>
    public static bool WantsColour(string? noColour, string? terminal) => string.IsNullOrEmpty(noColour) && terminal != "dumb";

    /// <summary>Text for a person, as it is.</summary>
    public void WriteText(string text) => Writer.Write(
        new LogEntry(_time.GetUtcNow(), LogLevel.None, default, "", text, Fields: null, Exception: null, Access: null));

    public ValueTask DisposeAsync() => Writer.DisposeAsync();
}
