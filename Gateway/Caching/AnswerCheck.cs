using System.Text.Json;
using Gateway.Requests;

namespace Gateway.Caching;

/// <summary>
/// Is an answer whole, so that it may be given to others? What it should hold and does not, or holds and should not, makes it none: a miss costs a
/// call, a wrong hit costs trust. Pure.
/// </summary>
internal static class AnswerCheck
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

    /// <summary>Answers that may yet change say so; these are the words of those that will not.</summary>
    private static readonly string[] FinalStates = ["completed", "succeeded", "processed"];

    public static bool IsWhole(AnswerKind kind, bool isError, string? contentType, ReadOnlySpan<byte> body)
    {
        if (MediaTypes.IsEventStream(contentType))
        {
            return !isError && kind is AnswerKind.Choices or AnswerKind.Read && StreamCheck.IsWhole(kind, body);
        }

        if (!MediaTypes.IsJson(contentType))
        {
            return kind == AnswerKind.Read;
        }

        try
        {
            return isError ? IsJson(body) : IsWholeJson(kind, body);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a name with half of a surrogate pair.
            return false;
        }
    }

    /// <summary>A choice that came to its natural end.</summary>
    public static bool IsNaturalEnd(ref Utf8JsonReader reason) =>
        reason.TokenType == JsonTokenType.String
        && (reason.ValueTextEquals("stop"u8) || reason.ValueTextEquals("tool_calls"u8) || reason.ValueTextEquals("function_call"u8));

    private static bool IsJson(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, Options);
        int tokens = 0;
        while (reader.Read())
        {
            tokens++;
        }

        return tokens > 0;
    }

    private static bool IsWholeJson(AnswerKind kind, ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return kind == AnswerKind.Read && IsJson(body);
        }

        bool hasContent = kind == AnswerKind.Read;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isError = reader.ValueTextEquals("error"u8);
            bool isChoices = kind == AnswerKind.Choices && reader.ValueTextEquals("choices"u8);
            bool isData = kind is AnswerKind.Embeddings or AnswerKind.Models && reader.ValueTextEquals("data"u8);
            bool isStatus = kind == AnswerKind.Read && reader.ValueTextEquals("status"u8);
            reader.Read();
            if ((isError && reader.TokenType != JsonTokenType.Null) || (isStatus && !IsFinal(ref reader)))
            {
                return false;
            }

            if (isChoices)
            {
                hasContent = AreEnded(ref reader);
                if (!hasContent)
                {
                    return false;
                }
            }
            else
            {
                hasContent |= isData && reader.TokenType == JsonTokenType.StartArray;
                reader.Skip();
            }
        }

        return hasContent && !reader.Read();
    }

    private static bool IsFinal(ref Utf8JsonReader state)
    {
        if (state.TokenType != JsonTokenType.String)
        {
            return true;
        }

        foreach (string word in FinalStates)
        {
            if (state.ValueTextEquals(word))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Every choice of a plain answer has its end.</summary>
    private static bool AreEnded(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        int choices = 0, ended = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            choices++;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isReason = reader.ValueTextEquals("finish_reason"u8);
                reader.Read();
                ended += isReason && IsNaturalEnd(ref reader) ? 1 : 0;
                reader.Skip();
            }
        }

        return choices > 0 && choices == ended;
    }
}
