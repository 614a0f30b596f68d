using System.Text.Json;

namespace Gateway.Forwarding;

/// <summary>
/// What the data of one event says at the places where an upstream says it, and nowhere else: what a caller had it repeat, such as the schema of a tool,
/// may look like anything.
/// </summary>
internal static class EventData
{
    /// <summary>The end of a stream: a choice's finish reason, an error, a final event of the responses API.</summary>
    /// <param name="json">The data; may be cut off.</param>
    /// <param name="countsFinish">A finish reason is an end. Of several choices, it is the end of one.</param>
    /// <param name="isWhole">The data is all there, and JSON.</param>
    public static bool IsEnd(ReadOnlySpan<byte> json, bool countsFinish, out bool isWhole)
    {
        bool isEnd = false;
        isWhole = false;
        try
        {
            var reader = new Utf8JsonReader(json, isFinalBlock: false, default);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isError = reader.ValueTextEquals("error"u8);
                bool isType = reader.ValueTextEquals("type"u8);
                bool isChoices = countsFinish && reader.ValueTextEquals("choices"u8);
                if (!reader.Read())
                {
                    return isEnd;
                }

                isEnd |= (isError && IsTextOrObject(ref reader)) || (isType && IsFinalType(ref reader));
                if (!(isChoices && reader.TokenType == JsonTokenType.StartArray ? TryReadChoices(ref reader, ref isEnd) : reader.TrySkip()))
                {
                    return isEnd;
                }
            }

            isWhole = reader.TokenType == JsonTokenType.EndObject;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a name with half of a surrogate pair.
        }

        return isEnd;
    }

    /// <summary>The name of a final event of the responses API, as its data or its <c>event:</c> line gives it.</summary>
    public static bool IsFinal(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("response.completed"u8) || type.SequenceEqual("response.failed"u8) || type.SequenceEqual("response.incomplete"u8);

    private static bool IsFinalType(ref Utf8JsonReader value) =>
        value.TokenType == JsonTokenType.String && !value.HasValueSequence && (IsFinal(value.ValueSpan) || value.ValueSpan.SequenceEqual("error"u8));

    /// <summary>Null means "not yet" or "none".</summary>
    private static bool IsTextOrObject(ref Utf8JsonReader value) =>
        value.TokenType == JsonTokenType.StartObject || (value.TokenType == JsonTokenType.String && value.ValueSpan.Length > 0);

    /// <summary>False when the list is cut off.</summary>
    private static bool TryReadChoices(ref Utf8JsonReader reader, ref bool isEnd)
    {
        int depth = reader.CurrentDepth;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth)
            {
                return true;
            }

            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            bool isReason = reader.ValueTextEquals("finish_reason"u8);
            if (!reader.Read())
            {
                return false;
            }

            isEnd |= isReason && IsTextOrObject(ref reader);
            if (!reader.TrySkip())
            {
                return false;
            }
        }

        return false;
    }
}
