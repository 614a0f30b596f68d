using System.Text.Json;
using Gateway.Recording;

namespace Gateway.Forwarding;

/// <summary>
/// Finds the upstream's token counts in passing: the last <c>"usage"</c> object of an answer. Escaped quotes keep generated text from
/// looking like one.
/// </summary>
internal static class UsageReader
{
    /// <summary>Bytes of a plain answer's end that are enough to hold its usage.</summary>
    public const int TailBytes = 2048;

    /// <summary>No answer has more; an upstream that says so must not spoil the sums of all the others.</summary>
    private const long MaxCount = int.MaxValue;

    /// <summary>Reads the counts into the record if the bytes hold any.</summary>
    public static void Read(ReadOnlySpan<byte> bytes, AccessRecord record)
    {
        ReadOnlySpan<byte> name = "\"usage\""u8;
        while (bytes.IndexOf(name) is >= 0 and int at)
        {
            // Each in its turn: what is told last counts, however many events came at once.
            bytes = bytes[(at + name.Length)..];
            if (bytes.TrimStart(" \t\r\n:"u8) is [(byte)'{', ..] value)
            {
                ReadWhole(value, record);
            }
        }
    }

    private static void ReadWhole(ReadOnlySpan<byte> value, AccessRecord record)
    {
        try
        {
            ReadObject(value, record);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Cut off, not JSON, or a name with half of a surrogate pair: no counts.
        }
    }

    private static void ReadObject(ReadOnlySpan<byte> value, AccessRecord record)
    {
        var reader = new Utf8JsonReader(value, isFinalBlock: false, default);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isInput = reader.ValueTextEquals("prompt_tokens"u8) || reader.ValueTextEquals("input_tokens"u8);
            bool isOutput = reader.ValueTextEquals("completion_tokens"u8) || reader.ValueTextEquals("output_tokens"u8);
            if (!reader.Read())
            {
                return;
            }

            if (reader.TokenType == JsonTokenType.Number && (isInput || isOutput) && reader.TryGetInt64(out long count) && count is >= 0 and <= MaxCount)
            {
                record.InputTokens = isInput ? count : record.InputTokens;
                record.OutputTokens = isOutput ? count : record.OutputTokens;
            }
            else if (!reader.TrySkip())
            {
                return;
            }
        }
    }
}
