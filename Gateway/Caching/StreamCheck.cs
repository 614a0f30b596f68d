using System.Text.Json;

namespace Gateway.Caching;

/// <summary>Is an event stream whole: did every choice that began come to its natural end, and the stream to its own? Pure.</summary>
internal static class StreamCheck
{
    /// <summary>More choices than any endpoint gives.</summary>
    private const int MaxChoices = 128;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

    public static bool IsWhole(AnswerKind kind, ReadOnlySpan<byte> body)
    {
        if (!body.EndsWith("\n\n"u8) && !body.EndsWith("\r\n\r\n"u8) && !body.EndsWith("\r\r"u8))
        {
            return false;
        }

        var state = new State();
        foreach (Range range in body.SplitAny((byte)'\n', (byte)'\r'))
        {
            ReadOnlySpan<byte> line = body[range];
            if (line.StartsWith("event:"u8) && line["event:"u8.Length..].Trim((byte)' ').SequenceEqual("error"u8))
            {
                return false;
            }

            if (line.StartsWith("data:"u8) && !TryAdd(line["data:"u8.Length..].Trim((byte)' '), ref state))
            {
                return false;
            }
        }

        return state.IsDone && (kind != AnswerKind.Choices || (state.Begun != 0 && state.Begun == state.Ended));
    }

    /// <summary>False when the event says that the stream is no good, or says nothing that we understand.</summary>
    private static bool TryAdd(ReadOnlySpan<byte> data, ref State state)
    {
        if (data.SequenceEqual("[DONE]"u8))
        {
            state.IsDone = true;
            return true;
        }

        try
        {
            var reader = new Utf8JsonReader(data, Options);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && TryAddObject(ref reader, ref state);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a name with half of a surrogate pair.
            return false;
        }
    }

    private static bool TryAddObject(ref Utf8JsonReader reader, ref State state)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isError = reader.ValueTextEquals("error"u8);
            bool isChoices = reader.ValueTextEquals("choices"u8);
            bool isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isError && reader.TokenType != JsonTokenType.Null)
            {
                return false;
            }

            if (isType && reader.TokenType == JsonTokenType.String)
            {
                state.IsDone |= reader.ValueTextEquals("response.completed"u8);
                if (reader.ValueTextEquals("error"u8) || reader.ValueTextEquals("response.failed"u8) || reader.ValueTextEquals("response.incomplete"u8))
                {
                    return false;
                }
            }

            if (isChoices && reader.TokenType == JsonTokenType.StartArray)
            {
                if (!TryAddChoices(ref reader, ref state))
                {
                    return false;
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return true;
    }

    private static bool TryAddChoices(ref Utf8JsonReader reader, ref State state)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            int index = 0;
            bool isEnded = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isIndex = reader.ValueTextEquals("index"u8);
                bool isReason = reader.ValueTextEquals("finish_reason"u8);
                reader.Read();
                if ((isIndex && (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out index) || index is < 0 or >= MaxChoices))
                    || (isReason && reader.TokenType != JsonTokenType.Null && !AnswerCheck.IsNaturalEnd(ref reader)))
                {
                    return false;
                }

                isEnded |= isReason && reader.TokenType == JsonTokenType.String;
                reader.Skip();
            }

            state.Begun |= UInt128.One << index;
            state.Ended |= isEnded ? UInt128.One << index : 0;
        }

        return true;
    }

    private ref struct State
    {
        public bool IsDone;

        /// <summary>A bit for each choice.</summary>
        public UInt128 Begun;

        public UInt128 Ended;
    }
}
