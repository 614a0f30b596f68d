using System.Text.Json;

namespace Gateway.Tokenization;

/// <summary>What a content part says of a picture.</summary>
internal struct ImagePart
{
    /// <summary>Bytes of an inline picture, as written, that are looked at first.</summary>
    private const int Head = 48 * 1024;

    /// <summary>As much of it as is looked at: a photo's size stands behind what its camera noted.</summary>
    private const int MaxHead = 256 * 1024;

    public bool IsPresent { get; private set; }

    public bool IsLow { get; private set; }

    public ImageSize Size { get; private set; }

    /// <summary>A URL, or an object with <c>url</c> and <c>detail</c>.</summary>
    public void Read(ref Utf8JsonReader reader, PromptText text)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            IsPresent = true;
            ImageSize size = ImageSize.OfUrl(text.Unescaped(ref reader, default, Head));
            Size = size != ImageSize.Assumed ? size : ImageSize.OfUrl(text.Unescaped(ref reader, default, MaxHead));
            return;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isUrl = reader.ValueTextEquals("url"u8);
            bool isDetail = reader.ValueTextEquals("detail"u8);
            reader.Read();
            if (isUrl && reader.TokenType == JsonTokenType.String)
            {
                Read(ref reader, text);
            }
            else if (isDetail)
            {
                ReadDetail(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    public void ReadDetail(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            IsLow = reader.ValueTextEquals("low"u8);
        }
        else
        {
            reader.Skip();
        }
    }
}
