using System.Text;
using Gateway.Tokenization;
using Xunit;

namespace Gateway.Tests.Tokenization;

/// <summary>What is remembered is what was counted.</summary>
public class ShortPiecesTests
{
    [Fact]
    public void KeyOf_AllThatDiffers_Differs()
    {
        byte[][] pieces =
        [
            .. Enumerable.Range(ShortPieces.Shortest, ShortPieces.Longest - 1).Select(static length => new byte[length]),
            .. Enumerable.Range(ShortPieces.Shortest, ShortPieces.Longest - 1).SelectMany(static length =>
                Enumerable.Range(0, length).SelectMany(at => Enumerable.Range(1, 255).Select(value => OneByte(length, at, (byte)value)))),
        ];

        Assert.Equal(pieces.Length, pieces.Select(static piece => ShortPieces.KeyOf(piece)).Distinct().Count());
    }

    [Fact]
    public void TryFind_AfterManyOthers_IsRightOrNotThere()
    {
        var known = new ShortPieces();
        ulong[] keys = [.. Enumerable.Range(0, 100_000).Select(static i => ShortPieces.KeyOf(Encoding.ASCII.GetBytes($"{i:D6}")))];
        for (int i = 0; i < keys.Length; i++)
        {
            known.Keep(keys[i], 1 + (i % ShortPieces.Longest));
        }

        int found = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            if (known.TryFind(keys[i], out long count))
            {
                found++;
                Assert.Equal(1 + (i % ShortPieces.Longest), count);
            }
        }

        Assert.InRange(found, 1000, 10_000);
    }

    [Fact]
    public void Count_SameTextTwice_IsTheSame()
    {
        const string text = "a b c \0\0 \0\0\0 the queue, the queue. 12 123 don't über 日本 🙂 x\r\n\r\n";
        byte[] utf8 = Encoding.UTF8.GetBytes(text);

        Assert.Equal(Tokenizer.O200k.Count(utf8), Tokenizer.O200k.Count(utf8));
        Assert.Equal(Tokenizer.Cl100k.Count(utf8), Tokenizer.Cl100k.Count(utf8));
    }

    private static byte[] OneByte(int length, int at, byte value)
    {
        byte[] piece = new byte[length];
        piece[at] = value;
        return piece;
    }
}
