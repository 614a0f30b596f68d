using Gateway.Configuration;
using Gateway.Requests;

namespace Gateway.Recording.Logs;

/// <summary>One line per request. Of requests that went wrong in the same way, as many as tell what goes on; then how many more there were.</summary>
internal sealed class AccessLog : IAccessSink, IDisposable
{
    /// <summary>Lines per second of requests that ended in one and the same way, other than well.</summary>
    public const int FailuresPerSecond = 100;

    private static readonly EventId Finished = new(2000, "RequestFinished");
    private static readonly EventId NotLogged = new(2001, "RequestsNotLogged");

    private readonly LogWriter _writer;
    private readonly OptionsSnapshot _options;
    private readonly TimeProvider _time;
    private readonly StormGate<(Outcome Outcome, LogLevel Level)> _failures;

    public AccessLog(LogWriter writer, OptionsSnapshot options, TimeProvider time)
    {
        (_writer, _options, _time) = (writer, options, time);
        _failures = new StormGate<(Outcome Outcome, LogLevel Level)>(FailuresPerSecond, time, TellHeld);
    }

    public void Write(AccessRecord record)
    {
        // An error below 400 is an answer that broke off behind its head.
        LogLevel level = record.IsError && record.Status is < StatusCodes.Status400BadRequest or >= StatusCodes.Status500InternalServerError
            ? LogLevel.Warning
            : LogLevel.Information;
        if (level >= LogPolicy.LeastOf(_options.Current)
            && (!IsFailure(record) || _failures.Admits((record.Outcome, level))))
        {
            // When it ended, and not one more look at the clock.
            _writer.Write(new LogEntry(record.StartedAt + record.Duration, level, Finished, nameof(AccessLog), "", Fields: null, Exception: null, record));
        }
    }

    public void Dispose() => _failures.Dispose();

    private static bool IsFailure(AccessRecord record) => record.IsError || record.Outcome == Outcome.CallerGone;

    private void TellHeld((Outcome Outcome, LogLevel Level) kind, long count) => _writer.Write(new LogEntry(
        _time.GetUtcNow(), kind.Level, NotLogged, nameof(AccessLog), $"{count} more requests ended as {OutcomeLabel.Of(kind.Outcome)} within a second",
        [new("outcome", OutcomeLabel.Of(kind.Outcome)), new("count", count)], Exception: null, Access: null));
}
