using System.Globalization;
using Gateway.Tokenization;

namespace Tokens;

/// <summary>Texts with the reference's counts, kept for the tests: base64, count by o200k_base, count by cl100k_base.</summary>
internal static class GoldenFile
{
    private const int Texts = 600;

    /// <summary>Other texts than those that are compared every time.</summary>
    private const int FirstSeed = 1_000_000;

    public static void Write(Reference reference, string path)
    {
        byte[][] texts = [.. Enumerable.Range(FirstSeed, Texts).Select(GeneratedText.Make)];
        long[] o200k = reference.Counts(Tokenizer.O200k, texts);
        long[] cl100k = reference.Counts(Tokenizer.Cl100k, texts);
        File.WriteAllLines(path, texts.Select((text, i) => string.Create(
            CultureInfo.InvariantCulture, $"{Convert.ToBase64String(text)} {o200k[i]} {cl100k[i]}")));
    }
}
