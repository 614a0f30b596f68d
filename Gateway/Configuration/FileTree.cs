using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using YamlDotNet.Core;

namespace Gateway.Configuration;

/// <summary>Reads a file into a tree. Errors give the position and never the text there, which may be a key.</summary>
internal static class FileTree
{
    // A configuration is written by hand; more than this is some other file.
    private const long MaxBytes = 4L << 20;

    private const string WriteYaml = "Write key: value lines.";
    private const string WriteJson = "Write { \"key\": value }.";

    // Others become question marks, which a key or a name would then hold. With the mark: where a file begins with it, the reader would take a kinder one.
    private static readonly UTF8Encoding Utf8Only = new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    private static readonly JsonDocumentOptions JsonRules = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    public static JsonObject? Read(string path, ICollection<ConfigurationError> errors)
    {
        string name = Path.GetFileName(path);
        string text = "";
        bool yaml = Path.GetExtension(path).ToUpperInvariant() is ".YAML" or ".YML";
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                errors.Add(new ConfigurationError(name, $"is larger than {Sizes.Format(MaxBytes)}.", "Name a configuration file."));
                return null;
            }

            text = File.ReadAllText(path, Utf8Only);
            JsonNode? tree = yaml ? YamlTree.Parse(text) : JsonTree.Parse(text, JsonRules);
            if (tree is JsonObject root)
            {
                return root;
            }

            // Emptied by a full disk or an editor, it must not pass for one that leaves everything at its default.
            errors.Add(tree is null
                ? new ConfigurationError(name, "holds nothing.", $"{(yaml ? WriteYaml : WriteJson)} If it is to hold nothing, write {{}}.")
                : new ConfigurationError(name, "does not hold a section at its top.", yaml ? WriteYaml : WriteJson));
        }
        catch (DecoderFallbackException)
        {
            errors.Add(new ConfigurationError(name, $"holds bytes that are no UTF-8 at line {LineOfBadByte(path)}.", "Save it as UTF-8."));
        }
        catch (JsonException e) when (e.LineNumber is { } line)
        {
            errors.Add(NotValid(name, "JSON", line + 1, (e.BytePositionInLine ?? 0) + 1));
        }
        catch (JsonException)
        {
            errors.Add(new ConfigurationError(name, $"holds the same key twice in one section{RepeatedKey.In(text)}.", "Remove one of them."));
        }
        catch (InvalidOperationException)
        {
            errors.Add(new ConfigurationError(name, "holds half of a surrogate pair, which is no text.", "Remove the \"\\ud800\" to \"\\udfff\" that stands alone."));
        }
        catch (YamlException e)
        {
            errors.Add(NotValid(name, "YAML", e.Start.Line, e.Start.Column));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(new ConfigurationError(name, $"cannot be read: {e.GetType().Name}.", "Let the gateway's user read it."));
        }

        return null;
    }

    /// <summary>Lays <paramref name="over"/> upon <paramref name="tree"/>: sections merge, everything else, lists too, is replaced whole.</summary>
    public static void Merge(JsonObject tree, JsonObject over)
    {
        foreach (KeyValuePair<string, JsonNode?> pair in over)
        {
            if (tree[pair.Key] is JsonObject below && pair.Value is JsonObject above)
            {
                Merge(below, above);
            }
            else
            {
                tree[pair.Key] = pair.Value?.DeepClone();
            }
        }
    }

    private static string LineOfBadByte(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        Utf8.ToUtf16(bytes, new char[bytes.Length], out int good, out _, replaceInvalidSequences: false);
        return (bytes.AsSpan(0, good).Count((byte)'\n') + 1).ToString(CultureInfo.InvariantCulture);
    }

    private static ConfigurationError NotValid(string name, string format, long line, long column) =>
        new(name, string.Create(CultureInfo.InvariantCulture, $"is not valid {format} at line {line}, column {column}."),
            "Mend it there or just before.");
}
