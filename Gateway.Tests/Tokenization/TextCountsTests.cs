using System.Text;
using Gateway.Tokenization;
using Tokens;
using Xunit;

namespace Gateway.Tests.Tokenization;

[Trait("req", "M2")]
public class TextCountsTests
{
    private readonly TextCounts _counts = new(Tokenizer.O200k);

    [Theory]
    [InlineData("o200k_base")]
    [InlineData("cl100k_base")]
    public void Count_GeneratedTextsAgainAndAgain_IsTheTokenizers(string name)
    {
        Tokenizer tokenizer = name == "o200k_base" ? Tokenizer.O200k : Tokenizer.Cl100k;
        var counts = new TextCounts(tokenizer);
        for (int round = 0; round < 3; round++)
        {
            for (int seed = 0; seed < 1500; seed++)
            {
                // Put together, so that the parts are cut wherever that falls.
                byte[] text = [.. GeneratedText.Make(seed), .. GeneratedText.Make(seed / 2), .. GeneratedText.Make(seed / 3)];
                Assert.True(tokenizer.Count(text) == counts.Count(text), $"seed {seed}, round {round}");
            }
        }
    }

    [Fact]
    public void Count_SecondTime_IsKept()
    {
        byte[] text = "You are a helpful assistant."u8.ToArray();

        Assert.Equal(Tokenizer.O200k.Count(text), _counts.Count(text));
        Assert.False(_counts.Holds(text));
        Assert.Equal(Tokenizer.O200k.Count(text), _counts.Count(text));
        Assert.True(_counts.Holds(text));
        text[0] ^= 1;
        Assert.False(_counts.Holds(text));
        Assert.Equal(Tokenizer.O200k.Count(text), _counts.Count(text));
    }

    /// <summary>A conversation: what was said stays, and what is new is all that is counted.</summary>
    [Fact]
    public void Count_TextThatGrows_KeepsItsBeginning()
    {
        string words = string.Join(' ', Enumerable.Range(0, 1000).Select(static i => $"word{i}, and"));
        byte[] shorter = Encoding.UTF8.GetBytes(words[..8000]);
        byte[] longer = Encoding.UTF8.GetBytes(words);
        int first = Tokenizer.LastCut(shorter.AsSpan(0, TextCounts.Longest));

        _counts.Count(shorter);
        _counts.Count(longer);

        Assert.True(_counts.Holds(longer.AsSpan(0, first)));
        Assert.Equal(Tokenizer.O200k.Count(longer), _counts.Count(longer));
    }

    [Fact]
    public async Task Count_ManyThreads_AllCountRight()
    {
        (byte[] Text, long Count)[] texts = [.. Enumerable.Range(0, 20_000).Select(static i => Encoding.UTF8.GetBytes($"The text with the number {i} and some words behind it"))
            .Select(static text => (text, Tokenizer.O200k.Count(text)))];

        int[] wrong = await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            int wrong = 0;
            for (int i = 0; i < 100_000; i++)
            {
                (byte[] text, long count) = texts[Math.Min(random.Next(texts.Length), random.Next(texts.Length))];
                wrong += _counts.Count(text) == count ? 0 : 1;
            }

            return wrong;
        })));

        Assert.Equal(0, wrong.Sum());
    }

    [Theory]
    [InlineData("a")]
    [InlineData("ab ")]
    [InlineData(" 7")]
    [InlineData("中")]
    public void Count_HostileText_IsTheTokenizers(string unit)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, 100_000)));

        Assert.Equal(Tokenizer.O200k.Count(text), _counts.Count(text));
        Assert.Equal(Tokenizer.O200k.Count(text), _counts.Count(text));
    }
}
