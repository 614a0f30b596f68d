using System.Text.Json;

namespace Gateway.Tokenization;

/// <summary>
/// Tokens of tool definitions. Services turn them into a text of their own, which is not published; these are the numbers of OpenAI's
/// cookbook, with properties inside properties counted like the outer ones.
/// </summary>
internal sealed class ToolTokens(PromptText text, string? model)
{
    private const int ListEnd = 12;
    private const int PropertiesStart = 3;
    private const int PropertyStart = 3;
    private const int EnumStart = -3;
    private const int EnumItem = 3;

    private readonly int _functionStart = ModelVocabulary.Of(model) == Tokenizer.O200k ? 7 : 10;

    public long OfList(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return 0;
        }

        long count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            count += OfTool(ref reader);
        }

        return count > 0 ? count + ListEnd : 0;
    }

    /// <summary>A function, or what holds it under <c>function</c>; built-in tools have neither name nor parameters here.</summary>
    private long OfTool(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return 0;
        }

        long count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isName = reader.ValueTextEquals("name"u8);
            bool isDescription = reader.ValueTextEquals("description"u8);
            bool isParameters = reader.ValueTextEquals("parameters"u8);
            bool isFunction = reader.ValueTextEquals("function"u8);
            reader.Read();
            count += isName ? _functionStart + text.Count(ref reader)
                : isDescription ? text.CountEntry(ref reader)
                : isParameters ? OfSchema(ref reader)
                : isFunction ? OfTool(ref reader)
                : Skip(ref reader);
        }

        return count;
    }

    /// <summary>Type, description, choices and properties, however deep.</summary>
    private long OfSchema(ref Utf8JsonReader reader, bool isProperty = false)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return 0;
        }

        long count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isEntry = isProperty && (reader.ValueTextEquals("type"u8) || reader.ValueTextEquals("description"u8));
            bool isProperties = reader.ValueTextEquals("properties"u8) || reader.ValueTextEquals("$defs"u8);
            bool isItems = reader.ValueTextEquals("items"u8);
            bool isEnum = reader.ValueTextEquals("enum"u8);
            reader.Read();
            count += isEntry ? text.CountEntry(ref reader)
                : isProperties ? OfProperties(ref reader)
                : isItems ? OfSchema(ref reader, isProperty: true)
                : isEnum ? OfEnum(ref reader)
                : Skip(ref reader);
        }

        return count;
    }

    private long OfProperties(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return 0;
        }

        long count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            count += PropertyStart + text.CountName(ref reader);
            reader.Read();
            count += OfSchema(ref reader, isProperty: true);
        }

        return count > 0 ? count + PropertiesStart : 0;
    }

    private long OfEnum(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return 0;
        }

        long count = EnumStart;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            count += EnumItem + text.Count(ref reader);
        }

        return count;
    }

    private static long Skip(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return 0;
    }
}
