namespace Gateway.Tokenization;

/// <summary>
/// Counts of texts that came before: instructions, tools and a conversation's history come again with each of its requests, and to recognise a text
/// takes a fraction of counting it.
/// </summary>
/// <param name="tokenizer">Counts what is new.</param>
internal sealed class TextCounts(Tokenizer tokenizer)
{
    /// <summary>Bytes; to count a shorter text takes no longer than to look for it.</summary>
    public const int Shortest = 16;

    /// <summary>Bytes; of a longer one, parts of this size: what is new at its end does not make all of it new. 4 MiB in all, at most.</summary>
    public const int Longest = 1024;

    private const int Places = 4096;

    private readonly ByteMemo<long> _known = new(Places);

    /// <summary>As <see cref="Tokenizer.Count(ReadOnlySpan{byte})"/>.</summary>
    public long Count(ReadOnlySpan<byte> text)
    {
        long count = 0;
        while (text.Length > Longest && Tokenizer.LastCut(text[..Longest]) is > 0 and int cut)
        {
            count += CountPart(text[..cut]);
            text = text[cut..];
        }

        return count + (text.Length is >= Shortest and <= Longest ? CountPart(text) : tokenizer.Count(text));
    }

    /// <summary>The text is kept. For tests.</summary>
    public bool Holds(ReadOnlySpan<byte> text) => _known.TryFind(text, out _, out _);

    private long CountPart(ReadOnlySpan<byte> text)
    {
        if (!_known.TryFind(text, out int hash, out long count))
        {
            count = tokenizer.Count(text);
            _known.Keep(hash, text, count);
        }

        return count;
    }
}
