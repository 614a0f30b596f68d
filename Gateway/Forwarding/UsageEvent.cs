using System.Text.Json;

namespace Gateway.Forwarding;

/// <summary>
/// The event that a stream has only because its usage was asked for: no choices, and a usage. Azure's first event has no choices either, but
/// what its filters found in the prompt; that one is no such event, whatever else it holds.
/// </summary>
internal static class UsageEvent
{
    /// <summary>Takes it out, in place: what follows it moves up.</summary>
    /// <param name="events">Whole events; the last one may lack its blank line.</param>
    /// <param name="startsInside">They begin with the rest of an event whose beginning has passed already.</param>
    /// <returns>The length of what is left.</returns>
    public static int Remove(Span<byte> events, bool startsInside)
    {
        if (!MayHold(events))
        {
            return events.Length;
        }

        int left = 0;
        for (int at = 0, length; at < events.Length; at += length)
        {
            Span<byte> one = events[at..];
            length = Length(one);
            if ((startsInside && at == 0) || !Is(one[..length]))
            {
                one[..length].CopyTo(events[left..]);
                left += length;
            }
        }

        return left;
    }

    /// <summary>A usage that is not null; many upstreams have that in every event before the last.</summary>
    public static bool MayHold(ReadOnlySpan<byte> events)
    {
        ReadOnlySpan<byte> name = "\"usage\""u8;
        while (events.IndexOf(name) is >= 0 and int at)
        {
            events = events[(at + name.Length)..];
            if (events.TrimStart(" \t\r\n:"u8) is [] or [not (byte)'n', ..])
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Of the first event with its blank line, whatever its lines end with.</summary>
    private static int Length(ReadOnlySpan<byte> events)
    {
        for (int at = 0; at < events.Length;)
        {
            int line = events[at..].IndexOfAny((byte)'\n', (byte)'\r');
            if (line < 0)
            {
                break;
            }

            at += line + (events[(at + line)..].StartsWith("\r\n"u8) ? 2 : 1);
            if (line == 0)
            {
                return at;
            }
        }

        return events.Length;
    }

    private static bool Is(ReadOnlySpan<byte> oneEvent)
    {
        // Lines of data are one text; nearly always there is but one.
        byte[]? joined = null;
        int length = 0;
        ReadOnlySpan<byte> data = default;
        foreach (Range range in oneEvent.SplitAny((byte)'\n', (byte)'\r'))
        {
            ReadOnlySpan<byte> line = oneEvent[range];
            line = line.StartsWith("\uFEFF"u8) ? line[3..] : line;
            if (!line.StartsWith("data:"u8))
            {
                continue;
            }

            line = line["data:"u8.Length..];
            if (data.IsEmpty)
            {
                data = line;
                continue;
            }

            if (joined is null)
            {
                joined = new byte[oneEvent.Length];
                data.CopyTo(joined);
                length = data.Length;
            }

            joined[length++] = (byte)'\n';
            line.CopyTo(joined.AsSpan(length));
            length += line.Length;
            data = joined.AsSpan(0, length);
        }

        try
        {
            return IsData(data);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a name with half of a surrogate pair: none of ours.
            return false;
        }
    }

    private static bool IsData(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        if (data.IsEmpty || !reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        bool hasNoChoices = false;
        bool hasUsage = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isChoices = reader.ValueTextEquals("choices"u8);
            bool isUsage = reader.ValueTextEquals("usage"u8);
            bool isOther = reader.ValueTextEquals("prompt_filter_results"u8) || reader.ValueTextEquals("error"u8);
            reader.Read();
            hasUsage |= isUsage && reader.TokenType == JsonTokenType.StartObject;
            if (isChoices)
            {
                hasNoChoices = reader.TokenType == JsonTokenType.StartArray && reader.Read() && reader.TokenType == JsonTokenType.EndArray;
                if (!hasNoChoices)
                {
                    return false;
                }
            }
            else if (isOther && reader.TokenType != JsonTokenType.Null)
            {
                return false;
            }

            reader.Skip();
        }

        return hasNoChoices && hasUsage && !reader.Read();
    }
}
