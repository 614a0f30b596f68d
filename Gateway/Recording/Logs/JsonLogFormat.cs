using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Gateway.Requests;

namespace Gateway.Recording.Logs;

/// <summary>One JSON object per line, for when standard output is a pipe or a file.</summary>
internal sealed class JsonLogFormat : ILogFormat
{
    public void Write(in LogEntry entry, IBufferWriter<byte> output)
    {
        var line = new JsonLine(output);
        line.Time("time"u8, entry.Time);
        line.Text("level"u8, LevelName(entry.Level));
        line.Number("event_id"u8, entry.Event.Id);
        line.Text("event"u8, entry.Event.Name ?? entry.Category);
        if (entry.Access is { } access)
        {
            WriteAccess(ref line, access);
        }
        else
        {
            line.Text("message"u8, entry.Message);
            WriteFields(ref line, entry.Fields);
        }

        if (entry.Exception is { } exception)
        {
            line.Text("exception"u8, exception.ToString());
        }

        line.End();
    }

    public void WriteDropped(DateTimeOffset time, long count, IBufferWriter<byte> output)
    {
        var line = new JsonLine(output);
        line.Time("time"u8, time);
        line.Text("level"u8, "warning");
        line.Number("event_id"u8, 2003);
        line.Text("event"u8, "LogEntriesDropped");
        line.Number("count"u8, count);
        line.End();
    }

    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };

    private static void WriteFields(ref JsonLine line, IReadOnlyList<KeyValuePair<string, object?>>? fields)
    {
        foreach ((string name, object? value) in fields ?? [])
        {
            if (name != "{OriginalFormat}")
            {
                // Names of a library's own choice: one that logs a finished text as its template has named its fields by it.
                line.Text(Encoding.UTF8.GetBytes(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(name)), Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
            }
        }
    }

    private static void WriteAccess(ref JsonLine line, AccessRecord record)
    {
        line.Text("request_id"u8, record.RequestId);
        line.Text("listener"u8, record.Listener);
        line.Number("priority"u8, record.Priority);
        line.Text("method"u8, record.Method);
        line.Text("path"u8, record.Path);
        line.Text("endpoint"u8, record.Endpoint);
        line.Number("status"u8, record.Status);
        line.Text("outcome"u8, OutcomeLabel.Of(record.Outcome));
        line.Text("caller"u8, record.Caller);
        line.Text("model"u8, record.Model);
        line.Text("instance"u8, record.Instance);
        line.Text("upstream_request_id"u8, record.UpstreamRequestId);
        line.Text("failure"u8, record.Failure);
        if (record.Cache != CacheState.Off)
        {
            line.Text("cache"u8, OutcomeLabel.Of(record.Cache));
        }

        line.Flag("stream"u8, record.IsStream);
        line.Number("attempts"u8, record.Attempts);
        line.Number("preemptions"u8, record.Preemptions);
        line.Number("retries"u8, record.Retries);
        if (record.PossibleDuplicates > 0)
        {
            line.Number("possible_duplicates"u8, record.PossibleDuplicates);
        }

        line.Milliseconds("duration_ms"u8, record.Duration);
        line.Milliseconds("queue_ms"u8, record.Queued);
        if (record.FirstContent is { } first)
        {
            line.Milliseconds("ttft_ms"u8, first);
        }

        line.Number("request_bytes"u8, record.RequestBytes);
        line.Number("response_bytes"u8, record.ResponseBytes);
        line.Number("input_tokens"u8, record.InputTokens ?? record.EstimatedInputTokens);
        line.Flag("input_tokens_estimated"u8, record.InputTokens is null);
        if (record.OutputTokens is { } outputTokens)
        {
            line.Number("output_tokens"u8, outputTokens);
        }

        if (record.IsUsageCounted)
        {
            line.Flag("usage_counted"u8, true);
        }

        if (record.IsUsagePartial)
        {
            line.Flag("usage_partial"u8, true);
        }

        if (record.Wasted > TimeSpan.Zero)
        {
            line.Milliseconds("wasted_ms"u8, record.Wasted);
            line.Number("wasted_tokens"u8, record.WastedTokens);
        }

        if (record.Calls.Count > 1)
        {
            WriteCalls(ref line, record.Calls);
        }
    }

    /// <summary>Of one call alone the line tells all there is.</summary>
    private static void WriteCalls(ref JsonLine line, IReadOnlyList<AttemptRecord> calls)
    {
        line.BeginList("calls"u8);
        for (int i = 0; i < calls.Count; i++)
        {
            AttemptRecord call = calls[i];
            line.BeginItem(isFirst: i == 0);
            line.Text("instance"u8, call.Instance);
            line.Text("end"u8, OutcomeLabel.Of(call.End));
            line.Text("outcome"u8, OutcomeLabel.Of(call.Outcome));
            line.Number("status"u8, call.Status);
            line.Milliseconds("started_after_ms"u8, call.StartedAfter);
            line.Milliseconds("duration_ms"u8, call.Duration);
            if (call.PreemptedBy is { } priority)
            {
                line.Number("preempted_by"u8, priority);
            }

            line.EndItem();
        }

        line.EndList();
    }
}
