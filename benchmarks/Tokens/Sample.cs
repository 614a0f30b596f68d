using System.Text;

namespace Tokens;

/// <summary>A text whose counting is timed.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Text">The text.</param>
/// <param name="Floor">The least speed, MB/s.</param>
/// <param name="ReferenceBytes">How much of it the reference gets, whose time grows with the square of a piece's length.</param>
internal sealed record Sample(string Name, byte[] Text, double Floor, int ReferenceBytes)
{
    private const int Megabyte = 1_000_000;
    private const int Hostile = 20_000;

    private static readonly string[] Syllables = ["the", "ing", "tion", "gateway", "token", "er", "un", "re", "request", "limit", "zation", "q", "x"];

    private static readonly string[] Sentences =
    [
        "請求在到達上游之前必須等待一個空閒的位置，優先級較高的請求可以中斷優先級較低的請求。", "今日は天気がいいから、散歩しましょう。", "東京は日本の首都であり、世界最大の都市圏の一つです。",
        "人人生而自由，在尊严和权利上一律平等。", "他们赋有理性和良心，并应以兄弟关系的精神相对待。", "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
        "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.", "学而时习之，不亦说乎？", "吾輩は猫である。名前はまだ無い。", "대한민국의 주권은 국민에게 있고, 모든 권력은 국민으로부터 나온다.",
    ];

    /// <param name="root">The repository: its documents are the English, its sources the code.</param>
    public static IReadOnlyList<Sample> All(string root)
    {
        var random = new Random(1);
        byte[] bytes = new byte[Megabyte];
        random.NextBytes(bytes);
        return
        [
            new("English", Files(Path.Combine(root, "docs"), "*.md"), 20, Megabyte),
            new("code", Files(Path.Combine(root, "Gateway"), "*.cs"), 5, Megabyte),
            new("CJK", Repeat(() => Sentences[random.Next(Sentences.Length)]), 5, Megabyte),
            new("one letter", Repeat(static () => "a"), 5, Hostile),
            new("letters, no space", Repeat(() => ((char)('a' + random.Next(26))).ToString()), 5, Hostile),
            new("words, no space", Repeat(() => Syllables[random.Next(Syllables.Length)]), 5, Hostile),
            new("spaces", Repeat(static () => " "), 5, Hostile),
            new("blank lines", Repeat(static () => "\n \t"), 5, Hostile),
            new("dashes", Repeat(static () => "-"), 5, Hostile),
            new("dashes, equal signs", Repeat(() => new string("-="[random.Next(2)], random.Next(1, 200))), 5, Hostile),
            new("punctuation", Repeat(() => "=-#*/.("[random.Next(7)].ToString()), 5, Hostile),
            new("two letters", Repeat(() => random.Next(2) == 0 ? "a" : "b"), 5, Hostile),
            new("digits", Repeat(() => random.Next(10).ToString(System.Globalization.CultureInfo.InvariantCulture)), 5, Megabyte),
            new("combining marks", Repeat(() => ((char)(0x300 + random.Next(0x70))).ToString()), 5, Hostile),
            new("Han, random", Repeat(() => ((char)(0x4E00 + random.Next(0x5000))).ToString()), 5, Hostile),
            new("emoji, random", Repeat(() => char.ConvertFromUtf32(0x1F300 + random.Next(0x300))), 5, Hostile),
            new("random bytes", bytes, 5, 100_000),
        ];
    }

    private static byte[] Repeat(Func<string> next)
    {
        var text = new StringBuilder();
        while (text.Length < Megabyte)
        {
            text.Append(next());
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        int end = Megabyte;
        while (end < bytes.Length && (bytes[end] & 0xC0) == 0x80)
        {
            end--;
        }

        return bytes[..end];
    }

    private static byte[] Files(string folder, string pattern)
    {
        string all = string.Concat(Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
            .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(File.ReadAllText));
        return Repeat(() => all);
    }
}
