using Gateway.Configuration;
using Gateway.Requests;

namespace Gateway.Recording.Logs;

/// <summary>One line per request.</summary>
internal sealed class AccessLog(LogWriter writer, OptionsSnapshot options, TimeProvider time) : IAccessSink
{
    private static readonly EventId Finished = new(2000, "RequestFinished");

    public void Write(AccessRecord record)
    {
        LogLevel level = record.Status >= 500 || record.Outcome is Outcome.UpstreamCut ? LogLevel.Warning : LogLevel.Information;
        if (level >= (options.Current.Debug ? LogLevel.Debug : options.Current.LogLevel))
        {
            writer.Write(new LogEntry(time.GetUtcNow(), level, Finished, nameof(AccessLog), "", Fields: null, Exception: null, record));
        }
    }
}
