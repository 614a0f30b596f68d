using System.Text.Json;

namespace Gateway.Forwarding;

/// <summary>
/// Finds what a model has written in an answer or in the events of one: contents, reasoning, refusals, names and arguments of calls. By the
/// names of the members, so that it needs to know nothing of the rest; what is not what it looks like, or is cut off, ends the search.
/// </summary>
internal static class AnswerTexts
{
    private const int ChannelsPerIndex = 8;

    private enum Member
    {
        Other,
        Text,
        Reasoning,
        ReasoningContent,
        Refusal,
        Name,
        Arguments,
        Index,
        Aside,
    }

    /// <param name="events">Whole events.</param>
    /// <param name="text">Takes what was found.</param>
    /// <returns>Where it stands, when it was one text without an escape.</returns>
    public static EventText ReadEvents(ReadOnlySpan<byte> events, AnswerText text)
    {
        int before = text.Texts;
        EventText place = default;
        for (int at = 0; at < events.Length;)
        {
            int length = events[at..].IndexOfAny((byte)'\n', (byte)'\r');
            ReadOnlySpan<byte> line = length < 0 ? events[at..] : events.Slice(at, length);
            if (line.StartsWith("data:"u8) && line["data:"u8.Length..].TrimStart((byte)' ') is [(byte)'{', ..] data)
            {
                int known = text.Texts;
                Read(data, text, isEvent: true);
                if (text.Texts > known)
                {
                    int start = at + line.Length - data.Length;
                    place = text.Last is { IsThere: true } last ? last with { Start = start + last.Start, End = start + last.End } : default;
                }
            }

            at += line.Length + 1;
        }

        return text.Texts - before == 1 ? place : default;
    }

    /// <param name="json">A plain answer; may be cut off.</param>
    /// <param name="text">Takes what was found.</param>
    public static void ReadAnswer(ReadOnlySpan<byte> json, AnswerText text) => Read(json, text, isEvent: false);

    private static void Read(ReadOnlySpan<byte> json, AnswerText text, bool isEvent)
    {
        try
        {
            var reader = new Utf8JsonReader(json, isFinalBlock: false, default);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isList = reader.ValueTextEquals("choices"u8) || (!isEvent && reader.ValueTextEquals("output"u8));
                bool isDelta = isEvent && reader.ValueTextEquals("delta"u8);
                if (!reader.Read())
                {
                    return;
                }

                if (isDelta && reader.TokenType == JsonTokenType.String)
                {
                    text.Add(ref reader, channel: 0);
                }
                else if (!(isList && reader.TokenType == JsonTokenType.StartArray ? TryReadList(ref reader, text, isEvent) : reader.TrySkip()))
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a name with half of a surrogate pair: what came before it was found.
        }
    }

    /// <summary>False when the answer ends within.</summary>
    private static bool TryReadList(ref Utf8JsonReader reader, AnswerText text, bool isEvent)
    {
        int depth = reader.CurrentDepth;
        int index = 0;
        int texts = 0;
        Member reasoning = Member.Other;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth)
            {
                return true;
            }

            Member member = reader.TokenType == JsonTokenType.PropertyName ? MemberOf(reader.ValueSpan) : Member.Other;
            if (member == Member.Other)
            {
                continue;
            }

            if (!reader.Read())
            {
                return false;
            }

            if (member == Member.Aside)
            {
                if (!reader.TrySkip())
                {
                    return false;
                }
            }
            else if (member == Member.Index)
            {
                index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int number) ? number & 0xFFFF : index;
            }
            else if (reader.TokenType == JsonTokenType.String && !IsTold(member, ref reasoning))
            {
                // In a plain answer each text stands for itself.
                text.Add(ref reader, isEvent ? (index * ChannelsPerIndex) + (int)member : texts++);
            }
        }

        return false;
    }

    /// <summary>Some upstreams tell the same reasoning under both of its names.</summary>
    private static bool IsTold(Member member, ref Member reasoning)
    {
        if (member is Member.Reasoning or Member.ReasoningContent)
        {
            reasoning = reasoning == Member.Other ? member : reasoning;
            return reasoning != member;
        }

        return false;
    }

    private static Member MemberOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 => name.SequenceEqual("text"u8) ? Member.Text : name.SequenceEqual("name"u8) ? Member.Name : Member.Other,
        5 => name.SequenceEqual("index"u8) ? Member.Index : Member.Other,
        7 => name.SequenceEqual("content"u8) ? Member.Text : name.SequenceEqual("refusal"u8) ? Member.Refusal : Member.Other,
        8 => name.SequenceEqual("logprobs"u8) ? Member.Aside : Member.Other,
        9 => name.SequenceEqual("reasoning"u8) ? Member.Reasoning : name.SequenceEqual("arguments"u8) ? Member.Arguments : Member.Other,
        11 => name.SequenceEqual("annotations"u8) ? Member.Aside : Member.Other,
        17 => name.SequenceEqual("reasoning_content"u8) ? Member.ReasoningContent
            : name.SequenceEqual("reasoning_details"u8) ? Member.Aside : Member.Other,
        22 => name.SequenceEqual("content_filter_results"u8) ? Member.Aside : Member.Other,
        _ => Member.Other,
    };
}
