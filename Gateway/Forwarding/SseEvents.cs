using System.Text.Json;

namespace Gateway.Forwarding;

/// <summary>What the relay must know of an event stream: where events end, which carry content, and whether the stream came to its end.</summary>
internal static class SseEvents
{
    /// <summary>Length of the whole events at the beginning of the bytes; 0 when not even one is whole. Line ends: LF, CRLF or CR.</summary>
    public static int WholeLength(ReadOnlySpan<byte> bytes)
    {
        if (bytes.EndsWith("\n\n"u8))
        {
            return bytes.Length;
        }

        int end = EndOf(bytes.LastIndexOf("\n\n"u8), 2);
        end = Math.Max(end, EndOf(bytes.LastIndexOf("\n\r\n"u8), 3));
        return Math.Max(end, EndOf(bytes.LastIndexOf("\r\r"u8), 2));
    }

    /// <summary>Length of the first whole event; 0 when it is not whole.</summary>
    public static int FirstLength(ReadOnlySpan<byte> bytes)
    {
        int end = First(bytes.IndexOf("\n\n"u8), 2, int.MaxValue);
        end = First(bytes.IndexOf("\n\r\n"u8), 3, end);
        end = First(bytes.IndexOf("\r\r"u8), 2, end);
        return end == int.MaxValue ? 0 : end;
    }

    /// <summary>No whole event stands before the end of the last one.</summary>
    public static bool IsOne(ReadOnlySpan<byte> events) => WholeLength(events[..^1]) == 0;

    /// <summary>
    /// Content, a tool call, reasoning, a refusal, a finish reason, an error, or anything unknown: once the caller has it, the attempt may
    /// not be replaced. Comments, role-only chunks and the announcements of the responses API are not content.
    /// </summary>
    public static bool IsContent(ReadOnlySpan<byte> oneEvent)
    {
        foreach (Range line in oneEvent.SplitAny((byte)'\n', (byte)'\r'))
        {
            ReadOnlySpan<byte> text = oneEvent[line];
            if (text.StartsWith("\uFEFF"u8))
            {
                text = text[3..];
            }

            if (text.StartsWith("data:"u8) && IsContentData(text["data:"u8.Length..]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The events hold the end of a stream: <c>[DONE]</c>, a finish reason, a final event of the responses API, or an error.</summary>
    /// <param name="events">Events, or a piece of a very long one.</param>
    /// <param name="countsFinish">A finish reason is an end. Of several choices, it is the end of one.</param>
    /// <param name="isPiece">The last event goes on.</param>
    public static bool HoldsEnd(ReadOnlySpan<byte> events, bool countsFinish = true, bool isPiece = false)
    {
        if (HoldsDone(events))
        {
            return true;
        }

        // Nearly every event ends here, unread.
        if (!HoldsWordOfEnd(events, countsFinish, isExact: false) && !(isPiece && events.IndexOf("event:"u8) >= 0))
        {
            return false;
        }

        foreach (Range range in events.SplitAny((byte)'\n', (byte)'\r'))
        {
            ReadOnlySpan<byte> line = events[range];
            if (line.StartsWith("data:"u8))
            {
                // What is no JSON by itself (one object over several lines) tells by its words.
                ReadOnlySpan<byte> data = line["data:"u8.Length..].TrimStart((byte)' ');
                if (EventData.IsEnd(data, countsFinish, out bool isWhole) || (!isWhole && !isPiece && HoldsWordOfEnd(data, countsFinish, isExact: true)))
                {
                    return true;
                }
            }
            else if (isPiece && line.StartsWith("event:"u8) && EventData.IsFinal(line["event:"u8.Length..].Trim((byte)' ')))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same of all that came, up to its close: the event with the end must be there whole, but for its blank line.</summary>
    public static bool HoldsWholeEnd(ReadOnlySpan<byte> all, bool countsFinish) =>
        HoldsEnd(all[..WholeLength(all)], countsFinish) || (HoldsEnd(all, countsFinish) && IsWholeWithoutBlankLine(all));

    /// <summary>
    /// A last event that lacks only its blank line: its data is <c>[DONE]</c> or a JSON object. One over several lines, and what is left of a very long one,
    /// only has to end like one.
    /// </summary>
    public static bool IsWholeWithoutBlankLine(ReadOnlySpan<byte> tail)
    {
        tail = tail.TrimEnd(" \r\n"u8);
        if (tail is not [.., (byte)'}' or (byte)']'])
        {
            return false;
        }

        ReadOnlySpan<byte> last = LastLine(tail);
        ReadOnlySpan<byte> before = tail[..^last.Length];
        bool isContinued = WholeLength(before) < before.Length && LastLine(before.TrimEnd("\r\n"u8)).StartsWith("data:"u8);
        if (isContinued || !last.StartsWith("data:"u8))
        {
            return true;
        }

        ReadOnlySpan<byte> data = last["data:"u8.Length..].TrimStart((byte)' ');
        if (data.SequenceEqual("[DONE]"u8))
        {
            return true;
        }

        _ = EventData.IsEnd(data, countsFinish: false, out bool isWhole);
        return isWhole;
    }

    private static ReadOnlySpan<byte> LastLine(ReadOnlySpan<byte> text) => text[(text.LastIndexOfAny((byte)'\n', (byte)'\r') + 1)..];

    /// <summary>A data line that is <c>[DONE]</c>; generated text may hold the same word.</summary>
    private static bool HoldsDone(ReadOnlySpan<byte> events)
    {
        for (int at = 0; events[at..].IndexOf("[DONE]"u8) is >= 0 and int next; at += next + 1)
        {
            ReadOnlySpan<byte> before = events[..(at + next)].TrimEnd((byte)' ');
            if (before.EndsWith("data:"u8) && before[..^"data:"u8.Length] is [] or [.., (byte)'\n' or (byte)'\r'])
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="text">Events, or the data of one.</param>
    /// <param name="countsFinish">A finish reason is an end.</param>
    /// <param name="isExact">False: somebody looks closer.</param>
    private static bool HoldsWordOfEnd(ReadOnlySpan<byte> text, bool countsFinish, bool isExact) =>
        (countsFinish && HoldsValueOf("\"finish_reason\""u8, text))
        || (isExact ? HoldsValueOf("\"error\""u8, text) || text.IndexOf("\"type\":\"error\""u8) >= 0 : text.IndexOf("\"error\""u8) >= 0)
        || text.IndexOf("\"response.completed\""u8) >= 0
        || text.IndexOf("\"response.failed\""u8) >= 0
        || text.IndexOf("\"response.incomplete\""u8) >= 0;

    /// <summary>The key with a text that says something, or an object, as its value. In generated text its quotes are escaped; null means "not yet" or "none".</summary>
    private static bool HoldsValueOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> events)
    {
        for (int at = 0; events[at..].IndexOf(key) is >= 0 and int next;)
        {
            at += next + key.Length;
            ReadOnlySpan<byte> value = events[at..].TrimStart(" \t"u8);
            if (value is [(byte)':', ..] && value[1..].TrimStart(" \t"u8) is [(byte)'{', ..] or [(byte)'"', not (byte)'"', ..])
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsContentData(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return true;
            }

            bool isKnown = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("choices"u8))
                {
                    isKnown = true;
                    if (ChoicesHoldContent(ref reader))
                    {
                        return true;
                    }
                }
                else if (reader.ValueTextEquals("type"u8))
                {
                    reader.Read();
                    return !IsAnnouncement(ref reader);
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }

            return !isKnown;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a name with half of a surrogate pair: unknown, and so content.
            return true;
        }
    }

    private static bool IsAnnouncement(ref Utf8JsonReader type) =>
        type.TokenType == JsonTokenType.String
        && (type.ValueTextEquals("response.created"u8) || type.ValueTextEquals("response.queued"u8)
            || type.ValueTextEquals("response.in_progress"u8) || type.ValueTextEquals("response.output_item.added"u8)
            || type.ValueTextEquals("response.content_part.added"u8) || type.ValueTextEquals("ping"u8)
            || type.ValueTextEquals("keepalive"u8));

    /// <summary>Any value in a choice beyond its index and role that is not null, empty, or an empty delta.</summary>
    private static bool ChoicesHoldContent(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return false;
        }

        int depth = reader.CurrentDepth;
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth))
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            bool isPlumbing = reader.ValueTextEquals("index"u8) || reader.ValueTextEquals("role"u8)
                || reader.ValueTextEquals("logprobs"u8) || reader.ValueTextEquals("content_filter_results"u8)
                || reader.ValueTextEquals("content_filter_offsets"u8);
            reader.Read();
            if (isPlumbing)
            {
                reader.Skip();
            }
            else if (IsSomething(ref reader))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsSomething(ref Utf8JsonReader value) => value.TokenType switch
    {
        JsonTokenType.String => value.HasValueSequence || value.ValueSpan.Length > 0,
        JsonTokenType.Number or JsonTokenType.True => true,
        _ => false,
    };

    private static int EndOf(int index, int length) => index < 0 ? 0 : index + length;

    private static int First(int index, int length, int best) => index < 0 ? best : Math.Min(best, index + length);
}
