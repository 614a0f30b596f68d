using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Requests;

namespace Gateway.Recording.Logs;

/// <summary>One JSON object per line, for when standard output is a pipe or a file.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The JSON writer only borrows the buffer it is reset to.")]
internal sealed class JsonLogFormat : ILogFormat
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly Utf8JsonWriter _json = new(Stream.Null, Options);

    public void Write(in LogEntry entry, IBufferWriter<byte> output)
    {
        _json.Reset(output);
        _json.WriteStartObject();
        _json.WriteString("time"u8, entry.Time);
        _json.WriteString("level"u8, LevelName(entry.Level));
        _json.WriteNumber("event_id"u8, entry.Event.Id);
        _json.WriteString("event"u8, entry.Event.Name ?? entry.Category);
        if (entry.Access is { } access)
        {
            WriteAccess(access);
        }
        else
        {
            _json.WriteString("message"u8, entry.Message);
            WriteFields(entry.Fields);
        }

        if (entry.Exception is { } exception)
        {
            _json.WriteString("exception"u8, exception.ToString());
        }

        End(output);
    }

    public void WriteDropped(DateTimeOffset time, long count, IBufferWriter<byte> output)
    {
        _json.Reset(output);
        _json.WriteStartObject();
        _json.WriteString("time"u8, time);
        _json.WriteString("level"u8, "warning"u8);
        _json.WriteNumber("event_id"u8, 2003);
        _json.WriteString("event"u8, "LogEntriesDropped"u8);
        _json.WriteNumber("count"u8, count);
        End(output);
    }

    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };

    private void End(IBufferWriter<byte> output)
    {
        _json.WriteEndObject();
        _json.Flush();
        output.Write("\n"u8);
    }

    private void WriteFields(IReadOnlyList<KeyValuePair<string, object?>>? fields)
    {
        foreach ((string name, object? value) in fields ?? [])
        {
            if (name != "{OriginalFormat}")
            {
                _json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
            }
        }
    }

    private void WriteAccess(AccessRecord record)
    {
        _json.WriteString("request_id"u8, record.RequestId);
        _json.WriteString("listener"u8, record.Listener);
        _json.WriteNumber("priority"u8, record.Priority);
        _json.WriteString("method"u8, record.Method);
        _json.WriteString("path"u8, record.Path);
        _json.WriteString("endpoint"u8, record.Endpoint);
        _json.WriteNumber("status"u8, record.Status);
        _json.WriteString("outcome"u8, OutcomeLabel.Of(record.Outcome));
        WriteOptional("caller"u8, record.Caller);
        WriteOptional("model"u8, record.Model);
        WriteOptional("instance"u8, record.Instance);
        WriteOptional("upstream_request_id"u8, record.UpstreamRequestId);
        WriteOptional("failure"u8, record.Failure);
        if (record.Cache != CacheState.Off)
        {
            _json.WriteString("cache"u8, OutcomeLabel.Of(record.Cache));
        }

        _json.WriteBoolean("stream"u8, record.IsStream);
        _json.WriteNumber("attempts"u8, record.Attempts);
        _json.WriteNumber("preemptions"u8, record.Preemptions);
        _json.WriteNumber("retries"u8, record.Retries);
        if (record.PossibleDuplicates > 0)
        {
            _json.WriteNumber("possible_duplicates"u8, record.PossibleDuplicates);
        }

        _json.WriteNumber("duration_ms"u8, Milliseconds(record.Duration));
        _json.WriteNumber("queue_ms"u8, Milliseconds(record.Queued));
        if (record.FirstContent is { } first)
        {
            _json.WriteNumber("ttft_ms"u8, Milliseconds(first));
        }

        _json.WriteNumber("request_bytes"u8, record.RequestBytes);
        _json.WriteNumber("response_bytes"u8, record.ResponseBytes);
        _json.WriteNumber("input_tokens"u8, record.InputTokens ?? record.EstimatedInputTokens);
        _json.WriteBoolean("input_tokens_estimated"u8, record.InputTokens is null);
        if (record.OutputTokens is { } output)
        {
            _json.WriteNumber("output_tokens"u8, output);
        }

        if (record.IsUsageCounted)
        {
            _json.WriteBoolean("usage_counted"u8, true);
        }

        if (record.IsUsagePartial)
        {
            _json.WriteBoolean("usage_partial"u8, true);
        }

        if (record.Wasted > TimeSpan.Zero)
        {
            _json.WriteNumber("wasted_ms"u8, Milliseconds(record.Wasted));
            _json.WriteNumber("wasted_tokens"u8, record.WastedTokens);
        }

        if (record.Calls.Count > 1)
        {
            WriteCalls(record.Calls);
        }
    }

    /// <summary>Of one call alone the line tells all there is.</summary>
    private void WriteCalls(IReadOnlyList<AttemptRecord> calls)
    {
        _json.WriteStartArray("calls"u8);
        foreach (AttemptRecord call in calls)
        {
            _json.WriteStartObject();
            _json.WriteString("instance"u8, call.Instance);
            _json.WriteString("end"u8, OutcomeLabel.Of(call.End));
            _json.WriteString("outcome"u8, OutcomeLabel.Of(call.Outcome));
            _json.WriteNumber("status"u8, call.Status);
            _json.WriteNumber("started_after_ms"u8, Milliseconds(call.StartedAfter));
            _json.WriteNumber("duration_ms"u8, Milliseconds(call.Duration));
            if (call.PreemptedBy is { } priority)
            {
                _json.WriteNumber("preempted_by"u8, priority);
            }

            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteOptional(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            _json.WriteString(name, value);
        }
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);
}
