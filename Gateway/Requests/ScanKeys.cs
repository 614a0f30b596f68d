using System.Text.Json;

namespace Gateway.Requests;

/// <summary>The names of the keys that the scan reads.</summary>
internal static class ScanKeys
{
    /// <summary>Characters of a model's name.</summary>
    public const int MaxModelLength = 256;

    /// <summary>Characters of the longest name.</summary>
    private const int Longest = 21;

    public static ScanKey Of(ref Utf8JsonReader reader) => !reader.HasValueSequence && !reader.ValueIsEscaped ? Of(reader.ValueSpan) : OfCopy(ref reader);

    /// <summary>Apart, because a method with room on the stack costs more to enter than to compare a name.</summary>
    private static ScanKey OfCopy(ref Utf8JsonReader reader)
    {
        Span<byte> name = stackalloc byte[6 * Longest];
        return ShortText.MayBe(ref reader, Longest) ? Of(name[..reader.CopyString(name)]) : ScanKey.Other;
    }

    private static ScanKey Of(ReadOnlySpan<byte> name) => name.Length switch
    {
        1 when name[0] == 'n' => ScanKey.N,
        4 when name.SequenceEqual("seed"u8) => ScanKey.Seed,
        5 when name.SequenceEqual("model"u8) => ScanKey.Model,
        5 when name.SequenceEqual("tools"u8) => ScanKey.Tools,
        6 when name.SequenceEqual("stream"u8) => ScanKey.Stream,
        10 when name.SequenceEqual("max_tokens"u8) => ScanKey.MaxTokens,
        11 when name.SequenceEqual("temperature"u8) => ScanKey.Temperature,
        14 when name.SequenceEqual("stream_options"u8) => ScanKey.StreamOptions,
        17 when name.SequenceEqual("max_output_tokens"u8) => ScanKey.MaxOutputTokens,
        21 when name.SequenceEqual("max_completion_tokens"u8) => ScanKey.MaxCompletionTokens,
        _ => ScanKey.Other,
    };

    /// <summary>The key that a server which does not tell capital letters from small ones would read here; null for none.</summary>
    public static string? LooksLike(ref Utf8JsonReader reader)
    {
        if (!ShortText.MayBe(ref reader, Longest)
            || (!reader.HasValueSequence && !reader.ValueIsEscaped && !reader.ValueSpan.ContainsAnyExceptInRange((byte)'[', (byte)'z')))
        {
            return null;
        }

        // The two letters outside ASCII whose other case lies in it.
        string name = reader.GetString()!.Replace('\u017F', 's').Replace('\u212A', 'k');
        for (ScanKey key = ScanKey.Model; key <= ScanKey.Seed; key++)
        {
            if (name.Equals(NameOf(key), StringComparison.OrdinalIgnoreCase))
            {
                return NameOf(key);
            }
        }

        return null;
    }

    public static string NameOf(ScanKey key) => key switch
    {
        ScanKey.Model => "model",
        ScanKey.Stream => "stream",
        ScanKey.MaxTokens => "max_tokens",
        ScanKey.MaxCompletionTokens => "max_completion_tokens",
        ScanKey.MaxOutputTokens => "max_output_tokens",
        ScanKey.N => "n",
        ScanKey.Tools => "tools",
        ScanKey.StreamOptions => "stream_options",
        ScanKey.Temperature => "temperature",
        _ => "seed",
    };

    public static string Expected(ScanKey key) => key switch
    {
        ScanKey.Model => $"a string of at most {MaxModelLength} characters",
        ScanKey.Stream => "true or false",
        ScanKey.Tools => "an array",
        ScanKey.N => $"a whole number from 0 to {int.MaxValue}",
        _ => "a number",
    };
}
