using System.Text.Json;

namespace Gateway.Requests;

/// <summary>Names of the tools that a request offers (a function's name, or the type of a built-in one), and their types, each once.</summary>
internal static class ToolScan
{
    private const int MaxKept = 32;
    private const int MaxNameLength = 256;

    /// <summary>Reads the value of <c>tools</c>, to its end. False when it is no array.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, List<string> names, List<string> types)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadTool(ref reader, names, types);
            }
            else
            {
                reader.Skip();
            }
        }

        return true;
    }

    /// <summary>
    /// <c>{"type":"function","function":{"name":...}}</c>, <c>{"type":"function","name":...}</c> (responses), <c>{"type":"web_search"}</c>.
    /// Every other key is the tool's own business: parameters and headers may hold names, too.
    /// </summary>
    private static void ReadTool(ref Utf8JsonReader reader, List<string> names, List<string>? types)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isName = reader.ValueTextEquals("name"u8);
            bool isType = types is not null && reader.ValueTextEquals("type"u8);
            bool isTool = types is not null && (reader.ValueTextEquals("function"u8) || reader.ValueTextEquals("custom"u8));
            reader.Read();
            bool isText = reader.TokenType == JsonTokenType.String && ShortText.MayBe(ref reader, MaxNameLength);
            if (isText && isName)
            {
                Add(reader.GetString()!, names);
            }
            else if (isText && isType)
            {
                AddType(reader.GetString()!, names, types!);
            }
            else if (reader.TokenType == JsonTokenType.StartObject && isTool)
            {
                ReadTool(ref reader, names, types: null);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void AddType(string type, List<string> names, List<string> types)
    {
        if (type is not ("function" or "custom"))
        {
            Add(type, names);
        }

        if (!types.Contains(type))
        {
            Add(type, types);
        }
    }

    private static void Add(string name, List<string> names)
    {
        if (names.Count < MaxKept)
        {
            // Never half of a surrogate pair: no writer takes it.
            names.Add(
                name.Length <= MaxNameLength ? name
                : char.IsHighSurrogate(name[MaxNameLength - 1]) ? name[..(MaxNameLength - 1)]
                : name[..MaxNameLength]);
        }
    }
}
