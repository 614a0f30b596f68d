using System.Text.Json;

namespace Gateway.Tokenization;

/// <summary>Tokens of messages, and of the items of a response's input, which are counted like messages.</summary>
/// <param name="text">Counts their texts.</param>
/// <param name="model">Whose rule for pictures holds.</param>
internal sealed class MessageTokens(PromptText text, string? model)
{
    /// <summary>Every answer begins with the frame of a message.</summary>
    public const int Reply = 3;

    /// <summary>The frame around a message.</summary>
    private const int Frame = 3;

    private enum Member
    {
        Other,
        Name,
        Text,
        Parts,
        Calls,
    }

    /// <summary>Of a message that is only a text: the frame and its role.</summary>
    public long OfText(ref Utf8JsonReader reader) => Frame + 1 + text.Count(ref reader);

    /// <param name="reader">At the list.</param>
    /// <param name="isChat">A name costs one token more.</param>
    public long OfList(ref Utf8JsonReader reader, bool isChat)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return 0;
        }

        long count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            count += reader.TokenType == JsonTokenType.StartObject ? OfMessage(ref reader, isChat) : text.Count(ref reader);
        }

        return count;
    }

    private long OfMessage(ref Utf8JsonReader reader, bool isChat)
    {
        long count = Frame;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Member member = MemberOf(MemberName.Of(ref reader));
            reader.Read();
            switch (member)
            {
                case Member.Name:
                    count += (isChat && reader.TokenType == JsonTokenType.String ? 1 : 0) + text.Count(ref reader);
                    break;
                case Member.Text:
                    count += text.Count(ref reader);
                    break;
                case Member.Parts:
                    count += OfParts(ref reader);
                    break;
                case Member.Calls:
                    count += OfCalls(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return count;
    }

    /// <summary>A text, or a list of parts: texts, pictures. Sounds and files cost what only their service knows.</summary>
    private long OfParts(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return text.Count(ref reader);
        }

        long count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            count += reader.TokenType == JsonTokenType.StartObject ? OfPart(ref reader) : text.Count(ref reader);
        }

        return count;
    }

    private long OfPart(ref Utf8JsonReader reader)
    {
        long count = 0;
        var image = default(ImagePart);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isText = reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("refusal"u8);
            bool isImage = reader.ValueTextEquals("image_url"u8);
            bool isDetail = reader.ValueTextEquals("detail"u8);
            reader.Read();
            if (isText)
            {
                count += text.Count(ref reader);
            }
            else if (isImage)
            {
                image.Read(ref reader, text);
            }
            else if (isDetail)
            {
                image.ReadDetail(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return image.IsPresent ? count + ImageRule.Of(model).Tokens(image.Size, image.IsLow) : count;
    }

    /// <summary>The calls that an assistant made: their names and arguments, and a frame for each.</summary>
    private long OfCalls(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
        {
            reader.Skip();
            return 0;
        }

        bool isList = reader.TokenType == JsonTokenType.StartArray;
        long count = isList ? 0 : Frame;
        int depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (isList && reader.TokenType == JsonTokenType.StartObject && reader.CurrentDepth == depth + 1)
            {
                count += Frame;
            }
            else if (reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isCounted = reader.ValueTextEquals("name"u8) || reader.ValueTextEquals("arguments"u8) || reader.ValueTextEquals("input"u8);
                if (isCounted)
                {
                    reader.Read();
                    count += text.Count(ref reader);
                }
            }
        }

        return count;
    }

    private static Member MemberOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 => name.SequenceEqual("role"u8) ? Member.Text : name.SequenceEqual("name"u8) ? Member.Name : Member.Other,
        6 => name.SequenceEqual("output"u8) ? Member.Parts : Member.Other,
        7 => name.SequenceEqual("content"u8) || name.SequenceEqual("summary"u8) ? Member.Parts
            : name.SequenceEqual("refusal"u8) ? Member.Text : Member.Other,
        9 => name.SequenceEqual("arguments"u8) ? Member.Text : Member.Other,
        10 => name.SequenceEqual("tool_calls"u8) ? Member.Calls : Member.Other,
        13 => name.SequenceEqual("function_call"u8) ? Member.Calls : Member.Other,
        _ => Member.Other,
    };
}
