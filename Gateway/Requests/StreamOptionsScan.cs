using System.Text.Json;

namespace Gateway.Requests;

/// <summary>What <c>stream_options</c> says of the usage chunk, and where it would have to say otherwise.</summary>
internal static class StreamOptionsScan
{
    public const string IncludeUsage = "stream_options.include_usage";

    /// <summary>
    /// Reads the value, to its end. False when <c>include_usage</c> is there twice. A value of another kind than the API's is the upstream's
    /// to refuse or to understand: it is not edited.
    /// </summary>
    public static bool TryRead(ref BodyJson body, out bool includesUsage, out UsagePlace place)
    {
        ref Utf8JsonReader reader = ref body.Json;
        includesUsage = false;
        place = default;
        if (reader.TokenType == JsonTokenType.Null)
        {
            place = PlaceOf(ref body, UsageForm.Object);
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return true;
        }

        int inside = (int)body.End;
        bool isEmpty = true;
        bool isSeen = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            isEmpty = false;
            if (!reader.ValueTextEquals("include_usage"u8))
            {
                reader.Read();
                reader.Skip();
                continue;
            }

            if (isSeen)
            {
                return false;
            }

            isSeen = true;
            reader.Read();
            includesUsage = reader.TokenType == JsonTokenType.True;
            place = reader.TokenType is JsonTokenType.Null or JsonTokenType.False ? PlaceOf(ref body, UsageForm.Value) : default;
            reader.Skip();
        }

        if (!isSeen)
        {
            place = new UsagePlace(inside, 0, isEmpty ? UsageForm.OnlyMember : UsageForm.FirstMember);
        }

        return true;
    }

    private static UsagePlace PlaceOf(ref BodyJson body, UsageForm form) => new((int)body.Start, (int)(body.End - body.Start), form);
}
