using System.Text;
using Xunit;

namespace Gateway.Tests;

/// <summary>What was worked out of some bytes is found again by these bytes, and by no others.</summary>
public class ByteMemoTests
{
    private const int Places = 16;

    [Fact]
    public void TryFind_BytesThatCameTwice_AreKnown()
    {
        var memo = new ByteMemo<int>(Places);

        Assert.False(Ask(memo, "one"));
        Assert.False(Ask(memo, "one"));
        Assert.True(Ask(memo, "one"));
        Assert.False(Ask(memo, "onf"));
    }

    /// <summary>Far more than there is room for, from all sides at once: much is forgotten, and nothing is taken for anything else.</summary>
    [Fact]
    public void TryFind_ManyAtOnce_IsNeverAnothers()
    {
        var memo = new ByteMemo<int>(Places);
        int found = 0;
        Parallel.For(0, 200_000, i =>
        {
            string text = $"text {i % 37}";
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            if (!memo.TryFind(bytes, out int hash, out int value))
            {
                memo.Keep(hash, bytes, Worth(text));
                return;
            }

            Interlocked.Increment(ref found);
            Assert.Equal(Worth(text), value);
        });

        Assert.True(found > 0);
    }

    private static bool Ask(ByteMemo<int> memo, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        bool isKnown = memo.TryFind(bytes, out int hash, out int value);
        if (isKnown)
        {
            Assert.Equal(Worth(text), value);
        }
        else
        {
            memo.Keep(hash, bytes, Worth(text));
        }

        return isKnown;
    }

    private static int Worth(string text) => text.GetHashCode(StringComparison.Ordinal);
}
