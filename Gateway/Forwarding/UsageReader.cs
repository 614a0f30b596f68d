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

    /// <summary>The same of the responses API: behind the usage stands the caller's <c>metadata</c>, up to 16 names of 64 and texts of 512 characters.</summary>
    public const int ResponsesTailBytes = 16 * 1024;

    /// <summary>No answer has more; an upstream that says so must not spoil the sums of all the others.</summary>
    private const long MaxCount = int.MaxValue;

    /// <summary>Reads the counts of whole events into the record, where an upstream tells them.</summary>
    public static void ReadEvents(ReadOnlySpan<byte> events, AccessRecord record)
    {
        if (events.IndexOf("\"usage\""u8) < 0)
        {
            return;
        }

        foreach (Range range in events.SplitAny((byte)'\n', (byte)'\r'))
        {
            ReadOnlySpan<byte> line = events[range];
            ReadOnlySpan<byte> data = line.StartsWith("data:"u8) ? line["data:"u8.Length..].TrimStart((byte)' ') : line;
            if (data.IndexOf("\"usage\""u8) >= 0 && !TryReadAnswer(data, record))
            {
                // One object over several lines.
                Read(data, record);
            }
        }
    }

    /// <summary>The same of a plain answer from its beginning. False when it is cut off, or no JSON: it may hold counts all the same.</summary>
    public static bool TryReadAnswer(ReadOnlySpan<byte> json, AccessRecord record)
    {
        // Nearly every answer tells it in its last "usage", a member of its own: to find that takes a fraction of reading all that stands before.
        ReadOnlySpan<byte> name = "\"usage\""u8;
        int at = json.LastIndexOf(name);
        if (at > 0 && json[(at + name.Length)..].TrimStart(" \t\r\n"u8) is [(byte)':', .. var behind]
            && behind.TrimStart(" \t\r\n"u8) is [(byte)'{', ..] value && JsonRoot.IsInItself(json[..at]))
        {
            ReadWhole(value, record);
            return true;
        }

        try
        {
            var reader = new Utf8JsonReader(json, isFinalBlock: false, default);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && TryReadMembers(ref reader, json, record, isRoot: true);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The counts stand in the object itself, or in the one that holds the answer.</summary>
    private static bool TryReadMembers(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, AccessRecord record, bool isRoot)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isUsage = reader.ValueTextEquals("usage"u8);
            bool isInner = isRoot && (reader.ValueTextEquals("response"u8) || reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("x_groq"u8));
            if (!reader.Read())
            {
                return false;
            }

            if (isUsage && reader.TokenType == JsonTokenType.StartObject)
            {
                ReadWhole(json[(int)reader.TokenStartIndex..], record);
            }

            if (!(isInner && reader.TokenType == JsonTokenType.StartObject ? TryReadMembers(ref reader, json, record, isRoot: false) : reader.TrySkip()))
            {
                return false;
            }
        }

        return reader.TokenType == JsonTokenType.EndObject;
    }

    /// <summary>Reads the last counts that the bytes hold, wherever they stand: for the end of an answer that is known to be whole.</summary>
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
        (bool hasInput, bool hasOutput) = (false, false);

        // Totals and details come behind the two that count. Zeros may be there for servers that tell both by another pair of names.
        while (!(hasInput && hasOutput) && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
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
                (hasInput, hasOutput) = (hasInput || (isInput && count > 0), hasOutput || (isOutput && count > 0));
            }
            else if (!reader.TrySkip())
            {
                return;
            }
        }
    }
}
