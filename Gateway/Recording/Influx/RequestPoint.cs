using System.Buffers;
using System.Buffers.Text;
using Gateway.Requests;

namespace Gateway.Recording.Influx;

/// <summary>
/// An access record as one point of the measurement <c>openai_request</c>, in InfluxDB's line protocol with nanoseconds. Tags are what one groups
/// by, each of few values; everything else is a field. Not thread-safe.
/// </summary>
/// <param name="output">Where the lines go.</param>
/// <param name="modelOf">The model as a tag: of a bounded number, because callers choose the names.</param>
internal sealed class RequestPoint(IBufferWriter<byte> output, Func<AccessRecord, string> modelOf)
{
    private const int NanosecondsPerTick = 100;

    private long _lines;
    private bool _hasField;

    public void Write(AccessRecord record)
    {
        output.Write("openai_request"u8);
        Tag(",model="u8, modelOf(record));
        Tag(",path="u8, record.Endpoint);
        Tag(",priority="u8, record.Priority);
        Tag(",port="u8, record.Port);
        Tag(",instance="u8, record.Instance);
        Tag(",status="u8, record.Status);
        Tag(",preempted="u8, record.Preemptions > 0 ? "true" : "false");
        Tag(",cached="u8, record.Cache is CacheState.Hit or CacheState.Shared ? "true" : "false");
        Tag(",caller="u8, record.Caller);
        output.Write(" "u8);
        WriteFields(record);

        // Two points of the same tags and time would be one: the clock's last digits, which it does not have, count.
        output.Write(" "u8);
        Number(((record.StartedAt + record.Duration - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick) + (_lines++ % NanosecondsPerTick));
        output.Write("\n"u8);
    }

    private void WriteFields(AccessRecord record)
    {
        _hasField = false;
        Field("input_tokens="u8, record.InputTokens ?? record.EstimatedInputTokens);
        if (record.OutputTokens is { } outputTokens)
        {
            Field("output_tokens="u8, outputTokens);
        }

        Field("processing_ms="u8, record.Duration);
        Field("queue_ms="u8, record.Queued);
        if (record.FirstContent is { } first)
        {
            Field("ttft_ms="u8, first);
        }

        Field("retries="u8, record.Retries);
        Field("preemptions="u8, record.Preemptions);
        Field("wasted_ms="u8, record.Wasted);
        Field("wasted_tokens="u8, record.WastedTokens);
        Field("status_code="u8, record.Status);
        Field("request_id="u8, record.RequestId);
        if (record.Tools.Count > 0)
        {
            Field("tools="u8, string.Join(',', record.Tools));
        }

        if (record.ToolTypes.Count > 0)
        {
            Field("tool_types="u8, string.Join(',', record.ToolTypes));
        }
    }

    /// <summary>InfluxDB takes no empty tags.</summary>
    private void Tag(ReadOnlySpan<byte> name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            output.Write(name);
            LineText.WriteTag(output, value);
        }
    }

    private void Tag(ReadOnlySpan<byte> name, int value)
    {
        output.Write(name);
        Number(value);
    }

    private void Field(ReadOnlySpan<byte> name, long value)
    {
        Begin(name);
        Number(value);
        output.Write("i"u8);
    }

    /// <summary>Without an i behind it, it is a floating-point number, whether it has a point or not.</summary>
    private void Field(ReadOnlySpan<byte> name, TimeSpan value)
    {
        Begin(name);
        output.Advance(ThousandthsText.WriteMilliseconds(value, output.GetSpan(ThousandthsText.MaxLength)));
    }

    private void Field(ReadOnlySpan<byte> name, string value)
    {
        Begin(name);
        output.Write("\""u8);
        LineText.WriteField(output, value);
        output.Write("\""u8);
    }

    private void Begin(ReadOnlySpan<byte> name)
    {
        if (_hasField)
        {
            output.Write(","u8);
        }

        _hasField = true;
        output.Write(name);
    }

    private void Number(long value)
    {
        const int longest = 20;
        Utf8Formatter.TryFormat(value, output.GetSpan(longest), out int written);
        output.Advance(written);
    }
}
