using System.Globalization;
using System.Text;
using Gateway.Tokenization;

namespace Tokens;

/// <summary>The gateway's counts beside the reference's.</summary>
internal static class CountComparison
{
    /// <returns>How many differ.</returns>
    public static int Run(Reference reference, string what, byte[][] texts)
    {
        int differences = 0;
        foreach (Tokenizer tokenizer in new[] { Tokenizer.O200k, Tokenizer.Cl100k })
        {
            long[] expected = reference.Counts(tokenizer, texts);
            int wrong = 0;
            for (int i = 0; i < texts.Length; i++)
            {
                if (tokenizer.Count(texts[i]) is var count && count != expected[i] && wrong++ < 5)
                {
                    Console.WriteLine($"{tokenizer.Name} text {i}: {count} instead of {expected[i]}: {Escaped(texts[i])}");
                }
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{tokenizer.Name}: {texts.Length} {what}, {expected.Sum()} tokens, {wrong} differences"));
            differences += wrong;
        }

        return differences;
    }

    /// <summary>Each character of every plane in places where its class decides, 32 of them in a text.</summary>
    public static byte[][] EveryCharacter() =>
    [
        .. Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(static codePoint => new Rune(codePoint).ToString())
            .Chunk(32).Select(static chunk => Encoding.UTF8.GetBytes(string.Concat(chunk.Select(static c => $"ab{c}cd 12{c}34 X{c}Yz!{c}{c} {c}\n{c}'s ")))),
    ];

    private static string Escaped(byte[] text) =>
        string.Concat(Encoding.UTF8.GetString(text).EnumerateRunes().Take(60).Select(static rune =>
            rune.IsAscii && rune.Value >= ' ' ? rune.ToString() : $"\\u{{{rune.Value:x}}}"));
}
