using System.Text;

namespace Tokens;

/// <summary>Texts of many kinds from a seed: scripts, code, emoji, white space, random bytes, and what is made to hurt a tokenizer.</summary>
public static class GeneratedText
{
    private static readonly string[] Words =
    [
        "the", "Gateway", "HTTP", "iPhone", "don't", "I'LL", "we've", "they'RE", "x'S", "O'Neill's", "straße", "ΑΛΦΑ", "Привет", "МИР", "naïve", "Ǆungla", "ﬁne",
        "你好世界", "東京タワー", "ひらがな", "한국어", "สวัสดีครับ", "नमस्ते", "العربية", "עברית", "ქართული", "Հայերեն", "தமிழ்", "অসমীয়া", "ភាសា", "አማርኛ",
        "👩‍👩‍👧‍👦", "🇩🇪", "🙂", "é", "Z͑ͫ̓ͪ̂ͫ̽", "𝔘𝔫𝔦", "𐐀𐐨", "ʰʲ", "ªº", "ⅷⅧ", "x²³", "12345678", "３４５", "३४५", "1,234.56", "0xDEADBEEF",
        "<|endoftext|>", "<|im_start|>", "'ſ", "'ſt", "'S", "'Ll", "'d've", "camelCaseWord", "SCREAMING_SNAKE", "HTTPServer", "ABCdefGHI", "aᵃB", "İı", "中ABC中abc",
    ];

    private static readonly string[] Code =
    [
        "for (int i = 0; i < n; i++)\n{\n    sum += a[i];\n}\n", "\treturn x ?? throw new();\r\n", "// comment ///\n", "def f(x):\n        pass\n\n\n", "{\"key\": [1, 2.5e-3, null]}",
        "SELECT * FROM t WHERE id='x';", "#include <stdio.h>\n", "=> { };\n\n", "!==///\n/", "https://example.com/a/b?c=d&e=%20", "</div>\n\t\t</div>\n", "x=-1;\ty=+2", "----====####",
    ];

    private static readonly string[] Spaces = [" ", "  ", "   ", "\n", "\r\n", "\n\n", " \n ", "\t", "\t\t ", "\u00a0", "\u2003", "\u3000", "\u0085", "\u2028", "\u200b", "\ufeff", "\v\f", "        "];

    /// <summary>One text as bytes; those of one kind in ten are no UTF-8.</summary>
    /// <param name="seed">The same seed, the same text.</param>
    public static byte[] Make(int seed)
    {
        var random = new Random(seed);
        int pieces = random.Next(4) switch { 0 => random.Next(4), 1 => random.Next(100), _ => random.Next(25) };
        int kind = random.Next(10);
        if (kind == 0)
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            return bytes;
        }

        var text = new StringBuilder();
        for (int i = 0; i < pieces; i++)
        {
            text.Append(kind switch
            {
                1 => Pick(random, Code),
                2 => AnyCharacter(random),
                3 => Letters(random),
                4 => Pick(random, Words),
                5 => Pick(random, Spaces),
                6 => new string(Pick(random, ["a", "A", " ", "\n", "=", "é", "你", "1", "aB", "ab'", "の"])[0], random.Next(1, 60)),
                7 => Near(random),
                _ => Pick(random, Words) + Pick(random, Spaces),
            });
            if (random.Next(6) == 0)
            {
                text.Append(Pick(random, Spaces));
            }
            else if (random.Next(12) == 0)
            {
                text.Append(AnyCharacter(random));
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];

    /// <summary>Of any plane, assigned or not; no surrogate.</summary>
    private static string AnyCharacter(Random random)
    {
        int codePoint = random.Next(6) switch
        {
            0 => random.Next(0x80),
            1 => random.Next(0x800),
            2 or 3 => random.Next(0x10000),
            4 => random.Next(0x10000, 0x20000),
            _ => random.Next(0x110000),
        };
        return Rune.IsValid(codePoint) ? new Rune(codePoint).ToString() : "\ufffd";
    }

    /// <summary>Lower case without a space for long: many merges.</summary>
    private static string Letters(Random random) =>
        string.Create(random.Next(1, 40), random, static (span, random) =>
        {
            string alphabet = random.Next(3) switch { 0 => "etaoinshrdlu", 1 => "abcdefghijklmnopqrstuvwxyz", _ => "aeAB'ſsSтеЕ中M\u0301" };
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = alphabet[random.Next(alphabet.Length)];
            }
        });

    /// <summary>Parts of words put together: token borders that are almost right.</summary>
    private static string Near(Random random)
    {
        string[] parts = ["ing", "tion", "er", "un", "re", "ization", "token", "pre", "s", "'s", "ly", "Str", "String", "Builder", "get", "Id", "_id", ".com", "((", "::", "->", "++", "ation", "al"];
        return string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => Pick(random, parts)));
    }
}
