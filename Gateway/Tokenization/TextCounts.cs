using System.Runtime.InteropServices;

namespace Gateway.Tokenization;

/// <summary>
/// Counts of texts that came before: instructions, tools and a conversation's history come again with each of its requests, and to recognise a text
/// takes a fraction of counting it. A text is kept when it comes for the second time, so that those that never come again cost nothing to keep;
/// whatever comes to its place takes it. Compared byte for byte: a count is never another text's. Shared by threads without a lock.
/// </summary>
/// <param name="tokenizer">Counts what is new.</param>
internal sealed class TextCounts(Tokenizer tokenizer)
{
    /// <summary>Bytes; to count a shorter text takes no longer than to look for it.</summary>
    public const int Shortest = 16;

    /// <summary>Bytes; of a longer one, parts of this size: what is new at its end does not make all of it new. 4 MiB in all, at most.</summary>
    public const int Longest = 1024;

    private const int Places = 4096;

    private readonly Entry?[] _entries = new Entry?[Places];

    /// <summary>Hashes of texts that came once.</summary>
    private readonly int[] _once = new int[4 * Places];

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
    public bool Holds(ReadOnlySpan<byte> text) => HashOf(text) is var hash && _entries[PlaceOf(hash)] is { } entry && entry.Is(hash, text);

    private long CountPart(ReadOnlySpan<byte> text)
    {
        int hash = HashOf(text);
        ref Entry? place = ref _entries[PlaceOf(hash)];
        if (Volatile.Read(ref place) is { } known && known.Is(hash, text))
        {
            return known.Count;
        }

        long count = tokenizer.Count(text);
        ref int once = ref _once[hash & (_once.Length - 1)];
        if (once == hash)
        {
            Volatile.Write(ref place, new Entry(hash, text.ToArray(), count));
        }
        else
        {
            once = hash;
        }

        return count;
    }

    private static int PlaceOf(int hash) => hash & (Places - 1);

    /// <summary>With a secret of this process, like all strings': nobody can choose texts that take each other's place.</summary>
    private static int HashOf(ReadOnlySpan<byte> text) => string.GetHashCode(MemoryMarshal.Cast<byte, char>(text)) ^ (text[^1] << 24) ^ text.Length;

    private sealed record Entry(int Hash, byte[] Text, long Count)
    {
        public bool Is(int hash, ReadOnlySpan<byte> text) => Hash == hash && text.SequenceEqual(Text);
    }
}
