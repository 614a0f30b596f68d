using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gateway.Configuration;

/// <summary>Which key a JSON text holds twice in one section, and where: its reader does not say.</summary>
internal static class RepeatedKey
{
    private static readonly JsonReaderOptions Rules = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>In words, to follow "the same key twice"; empty when none is found. Names it only if it is a key of ours: others may be client keys.</summary>
    public static string In(string json)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(bytes, Rules);
        var sections = new Stack<HashSet<string>>();
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject:
                        sections.Push([]);
                        break;
                    case JsonTokenType.EndObject:
                        sections.Pop();
                        break;
                    case JsonTokenType.PropertyName when !sections.Peek().Add(reader.GetString()!):
                        return Describe(reader.GetString()!, bytes.AsSpan(0, (int)reader.TokenStartIndex));
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Further down it is broken in another way too, which comes next.
        }

        return "";
    }

    private static string Describe(string name, ReadOnlySpan<byte> before)
    {
        string known = KnownKeys.PathOf(name) is null ? "" : $" (\"{name}\")";
        int line = before.Count((byte)'\n') + 1;
        int column = before.Length - before.LastIndexOf((byte)'\n');
        return string.Create(CultureInfo.InvariantCulture, $"{known}, the second time at line {line}, column {column}");
    }
}
