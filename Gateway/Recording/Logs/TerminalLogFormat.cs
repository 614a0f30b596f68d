using System.Buffers;
using System.Globalization;
using System.Text;
using Gateway.Requests;

namespace Gateway.Recording.Logs;

/// <summary>Short coloured lines that a person can follow.</summary>
internal sealed class TerminalLogFormat(bool useColour) : ILogFormat
{
    private const string Dim = "\e[2m";
    private const string Red = "\e[31m";
    private const string Green = "\e[32m";
    private const string Yellow = "\e[33m";
    private const string Reset = "\e[0m";

    public void Write(in LogEntry entry, IBufferWriter<byte> output)
    {
        if (entry is { Level: LogLevel.None, Access: null })
        {
            // Not a message but a picture, such as the banner.
            Line(entry.Message, output);
            return;
        }

        string time = entry.Time.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        string text = entry.Access is { } access ? AccessLine(access) : $"{LevelMark(entry.Level)} {Printable(entry.Message)}";
        string exception = entry.Exception is null ? "" : $"\n{Printable(entry.Exception.ToString())}";
        Line($"{Colour(Dim)}{time}{Colour(Reset)} {text}{exception}", output);
    }

    public void WriteDropped(DateTimeOffset time, long count, IBufferWriter<byte> output) =>
        Line($"{Colour(Yellow)}warn{Colour(Reset)} {count} log lines were dropped: the output is too slow", output);

    private string AccessLine(AccessRecord record)
    {
        var line = new StringBuilder();
        string colour = record.Status >= 500 ? Red : record.IsError || record.Outcome == Outcome.CallerGone ? Yellow : Green;
        line.Append(CultureInfo.InvariantCulture, $"{Colour(colour)}{record.Status}{Colour(Reset)} ")
            .Append(CultureInfo.InvariantCulture, $"tier {record.Priority} :{record.Listener} {OneLine(record.Method)} {OneLine(record.Path)}")
            .Append(CultureInfo.InvariantCulture, $" {Milliseconds(record.Duration)} ms");
        if (record.Queued >= TimeSpan.FromMilliseconds(1))
        {
            line.Append(CultureInfo.InvariantCulture, $", waited {Milliseconds(record.Queued)} ms");
        }

        if (record.Cache is CacheState.Hit or CacheState.Shared)
        {
            line.Append(record.Cache == CacheState.Hit ? ", from the cache" : ", shared");
        }

        if (record.Preemptions > 0)
        {
            line.Append(CultureInfo.InvariantCulture, $", {Colour(Yellow)}preempted {record.Preemptions}x{Colour(Reset)}");
        }

        if (record.Model is not null)
        {
            line.Append(CultureInfo.InvariantCulture, $", {OneLine(record.Model)}{(record.IsStream ? " (stream)" : "")}");
        }

        if (record.InputTokens is { } input)
        {
            string about = record.IsUsageCounted ? "~" : "";
            line.Append(CultureInfo.InvariantCulture, $", {about}{input}+{record.OutputTokens ?? 0} tokens{(record.IsUsagePartial ? " (partial)" : "")}");
        }

        if (record.Outcome is not (Outcome.Relayed or Outcome.Answered))
        {
            line.Append(CultureInfo.InvariantCulture, $", {OutcomeLabel.Of(record.Outcome)}");
        }

        if (record.Failure is not null)
        {
            line.Append(CultureInfo.InvariantCulture, $": {record.Instance}: {OneLine(record.Failure)}");
        }

        line.Append(CultureInfo.InvariantCulture, $" {Colour(Dim)}{record.RequestId}{Colour(Reset)}");

        return line.ToString();
    }

    /// <summary>A terminal obeys control characters; a caller's path or model must not command it.</summary>
    private static string Printable(string text) => Replace(text, keepLines: true);

    /// <summary>Nor may it begin a line that looks like one of ours.</summary>
    private static string OneLine(string text) => Replace(text, keepLines: false);

    private static string Replace(string text, bool keepLines) => !text.Any(char.IsControl)
        ? text
        : string.Create(text.Length, (text, keepLines), static (chars, state) =>
        {
            for (int i = 0; i < chars.Length; i++)
            {
                char character = state.text[i];
                chars[i] = char.IsControl(character) && !(state.keepLines && character == '\n') ? '?' : character;
            }
        });

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);

    private static void Line(string text, IBufferWriter<byte> output)
    {
        Encoding.UTF8.GetBytes(text, output);
        output.Write("\n"u8);
    }

    private string LevelMark(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => $"{Colour(Dim)}debug{Colour(Reset)}",
        LogLevel.Information => "info ",
        LogLevel.Warning => $"{Colour(Yellow)}warn {Colour(Reset)}",
        _ => $"{Colour(Red)}error{Colour(Reset)}",
    };

    private string Colour(string code) => useColour ? code : "";
}
