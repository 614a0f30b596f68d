using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Tokenization;
using Tokens;
using Xunit;

namespace Gateway.Tests.Tokenization;

[Trait("req", "M2")]
public class TokenizerTests
{
    [Theory]
    [InlineData("o200k_base", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d", 199_998)]
    [InlineData("cl100k_base", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7", 100_256)]
    public void Resource_Expanded_IsThePublishedFile(string name, string digest, int tokens)
    {
        VocabularyFile file = VocabularyFile.ReadResource(name);

        Assert.Equal(digest, Convert.ToHexStringLower(SHA256.HashData(Published(file))));
        Assert.Equal(tokens, file.Lengths.Length);
    }

    [Theory]
    [InlineData("o200k_base")]
    [InlineData("cl100k_base")]
    public void Vocabulary_Loaded_TakesLessThan60Megabytes(string name)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var vocabulary = Vocabulary.Load(name);

        // Everything that was allocated on the way: what is kept is less.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1_000_000, 60_000_000);
        Assert.True(vocabulary.Holds(" the"u8));
    }

    [Fact]
    public void Count_GoldenTexts_AreTheReferences()
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Tokenization", "golden-counts.txt"));

        Assert.True(lines.Length >= 500);
        Assert.All(lines, static line =>
        {
            string[] parts = line.Split(' ');
            byte[] text = Convert.FromBase64String(parts[0]);
            Assert.Equal(long.Parse(parts[1], CultureInfo.InvariantCulture), Tokenizer.O200k.Count(text));
            Assert.Equal(long.Parse(parts[2], CultureInfo.InvariantCulture), Tokenizer.Cl100k.Count(text));
        });
    }

    [Theory]
    [InlineData("o200k_base")]
    [InlineData("cl100k_base")]
    public void Count_GeneratedTexts_EqualTheDefinition(string name)
    {
        var naive = new NaiveTokenizer(name);
        Tokenizer tokenizer = name == "o200k_base" ? Tokenizer.O200k : Tokenizer.Cl100k;

        for (int seed = 50_000; seed < 51_500; seed++)
        {
            string text = new([.. Encoding.UTF8.GetString(GeneratedText.Make(seed)).Where(static c => !char.IsSurrogate(c))]);
            Assert.True(naive.Count(text) == tokenizer.Count(Encoding.UTF8.GetBytes(text)), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("o200k_base")]
    [InlineData("cl100k_base")]
    public void Count_TokensPutTogether_EqualTheDefinition(string name)
    {
        // Without a space between them, and cut anywhere: borders that are almost those of tokens.
        var naive = new NaiveTokenizer(name);
        Tokenizer tokenizer = name == "o200k_base" ? Tokenizer.O200k : Tokenizer.Cl100k;
        VocabularyFile file = VocabularyFile.ReadResource(name);
        int[] starts = [.. file.Lengths.Select((_, i) => i).Aggregate((List<int>)[0], (all, i) => { all.Add(all[^1] + file.Lengths[i]); return all; })];
        var random = new Random(7);
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = [.. Enumerable.Range(0, random.Next(1, 9)).SelectMany(_ => random.Next(file.Lengths.Length) is var i ? file.Bytes[starts[i]..starts[i + 1]] : [])];
            string text = new([.. Encoding.UTF8.GetString(bytes).Where(static c => c is not ' ' && !char.IsSurrogate(c))]);
            Assert.True(naive.Count(text) == tokenizer.Count(Encoding.UTF8.GetBytes(text)), text);
        }
    }

    [Fact]
    public void Count_SpecialTokens_AreOrdinaryText()
    {
        Assert.Equal(7, Tokenizer.Cl100k.Count("<|endoftext|>"u8));
        Assert.Equal(0, Tokenizer.O200k.Count([]));
    }

    [Fact]
    public void Count_InvalidUtf8_CountsReplacementCharacters() =>
        Assert.Equal(Tokenizer.O200k.Count("a\ufffdb\ufffd\ufffd"u8), Tokenizer.O200k.Count([(byte)'a', 0xE4, 0xBD, (byte)'b', 0xFF, 0xC3]));

    public static TheoryData<string, string> Hostile => new()
    {
        { "one letter", "a" }, { "two letters", "ab" }, { "mixed", "aB" }, { "spaces", " " }, { "new lines", "\n" }, { "blank lines", " \n\t" },
        { "space and word", " a" }, { "apostrophes", "'" }, { "contractions", "'s'll" }, { "marks", "\u0301" }, { "marks and capitals", "\u0301A" },
        { "no case", "中" }, { "no case and capitals", "中A" }, { "emoji", "🙂" }, { "digits", "7" }, { "dashes", "-" }, { "slashes", "/\r\n" }, { "nul", "\0" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Count_HostileText_TakesLinearWork(string name, string unit)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, 400_000)));
        foreach (Tokenizer tokenizer in new[] { Tokenizer.O200k, Tokenizer.Cl100k })
        {
            long half = tokenizer.Count(text.AsSpan(0, text.Length / 2), out long halfSteps);
            long whole = tokenizer.Count(text, out long steps);

            Assert.True(steps <= (2.1 * halfSteps) + 1000, $"{name}: {halfSteps} steps for half, {steps} for all");
            Assert.InRange(steps, 0, 3L * text.Length);
            Assert.InRange(whole, (2 * half) - 4, (2 * half) + 4);
        }
    }

    [Theory]
    [InlineData("o200k_base")]
    [InlineData("cl100k_base")]
    public void MergeCounter_LongPieces_EqualTheSearch(string name)
    {
        // Over several windows: runs of which every length is a token, and letters.
        var vocabulary = Vocabulary.Load(name);
        var random = new Random(11);
        foreach (string alphabet in new[] { "-", "-=", "=*#/", "ab", "etaoinshrdlu", "abcdefghijklmnopqrstuvwxyz" })
        {
            byte[] text = [.. Enumerable.Range(0, 400).SelectMany(_ => Enumerable.Repeat((byte)alphabet[random.Next(alphabet.Length)], alphabet.Length < 5 ? random.Next(1, 160) : 25))];
            int cut = random.Next(100);
            Assert.Equal(Naive(vocabulary, text.AsSpan(cut, 3000)), MergeCounter.Count(vocabulary, text.AsSpan(cut, 3000)));

            var counter = new PieceCounter(vocabulary, new int[Vocabulary.MaxTokenBytes], new byte[Vocabulary.MaxTokenBytes], new ulong[PieceCounter.ScratchWords]);
            Assert.Equal(counter.Count(text), MergeCounter.Count(vocabulary, text));
            Assert.Equal(Naive(vocabulary, text.AsSpan(0, 9000)), MergeCounter.Count(vocabulary, text.AsSpan(0, 9000)));
        }
    }

    [Theory]
    [InlineData("o200k_base")]
    [InlineData("cl100k_base")]
    public void LastCut_GeneratedTexts_PartsHaveTheTokensOfTheWhole(string name)
    {
        Tokenizer tokenizer = name == "o200k_base" ? Tokenizer.O200k : Tokenizer.Cl100k;
        string[] parts = ["a", "Z", "é", "中", "\u0301", "'", "'s", "'ll", " ", "  ", "\t", "\n", "\r\n", "7", "１", "-", "/", ".", "\u00a0", "，", "🙂", "ſ", "ǅ"];
        var random = new Random(5);
        int cuts = 0;
        for (int round = 0; round < 100_000; round++)
        {
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(2, 9)).Select(_ => parts[random.Next(parts.Length)])));
            for (int cut = Tokenizer.LastCut(text); cut > 0; cut = Tokenizer.LastCut(text.AsSpan(0, cut)))
            {
                cuts++;
                Assert.True(
                    tokenizer.Count(text) == tokenizer.Count(text.AsSpan(0, cut)) + tokenizer.Count(text.AsSpan(cut)),
                    $"{Encoding.UTF8.GetString(text)} at {cut}");
            }
        }

        Assert.InRange(cuts, 50_000, int.MaxValue);
    }

    [Theory]
    [InlineData("one two", 3)]
    [InlineData("l'été, là", 7)]
    [InlineData("don't", 0)]
    [InlineData("word", 0)]
    [InlineData(" word", 0)]
    [InlineData("中文，中文 ", 15)]
    [InlineData("中文，中", 6)]
    [InlineData("e\u0301 x", 0)]
    [InlineData("a1 -", 1)]
    [InlineData("", 0)]
    public void LastCut_IsBehindALetter(string text, int cut) => Assert.Equal(cut, Tokenizer.LastCut(Encoding.UTF8.GetBytes(text)));

    /// <summary>As it was published: a line of base64 and rank for each token.</summary>
    private static byte[] Published(VocabularyFile file)
    {
        var text = new StringBuilder();
        int at = 0;
        for (int rank = 0; rank < file.Lengths.Length; rank++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Convert.ToBase64String(file.Bytes, at, file.Lengths[rank])} {rank}\n");
            at += file.Lengths[rank];
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static long Naive(Vocabulary vocabulary, ReadOnlySpan<byte> piece)
    {
        var parts = new List<int>();
        foreach (byte single in piece)
        {
            parts.Add(vocabulary.TokenOf(single));
        }

        while (true)
        {
            int lowest = parts.Zip(parts.Skip(1), vocabulary.Merged).DefaultIfEmpty(int.MaxValue).Min();
            if (lowest == int.MaxValue)
            {
                return parts.Count;
            }

            // All merges of one rank from the left: later ones cannot have a lower rank.
            for (int i = 0; i + 1 < parts.Count; i++)
            {
                if (vocabulary.Merged(parts[i], parts[i + 1]) == lowest)
                {
                    parts[i] = lowest;
                    parts.RemoveAt(i + 1);
                }
            }
        }
    }

    [Fact]
    public void Count_RandomLetters_TakesLinearWork()
    {
        var random = new Random(3);
        byte[] text = [.. Enumerable.Range(0, 1_000_000).Select(_ => (byte)('a' + random.Next(26)))];

        Tokenizer.O200k.Count(text, out long steps);

        // A megabyte as one piece: a handful of tokens is tried for each one that is taken.
        Assert.InRange(steps, 300_000, 3_000_000);
    }
}
