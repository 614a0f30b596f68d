using System.Numerics;
using System.Runtime.InteropServices;

namespace Gateway;

/// <summary>
/// What was worked out of bytes that come again. They are kept when they come for the second time, so that those that never come again cost nothing to
/// keep; whatever comes to their place takes it. Compared byte for byte: a value is never that of other bytes. Shared by threads without a lock.
/// </summary>
/// <typeparam name="T">What is worked out.</typeparam>
/// <param name="places">How many are kept at most, a power of two; whoever asks sees to it that they are short.</param>
internal sealed class ByteMemo<T>(int places)
{
    private readonly Entry?[] _entries = new Entry?[places];

    /// <summary>Hashes of bytes that came once.</summary>
    private readonly int[] _once = new int[4 * places];

    /// <param name="bytes">What may be known.</param>
    /// <param name="hash">For <see cref="Keep"/>.</param>
    /// <param name="value">What was worked out of them, when they are known.</param>
    public bool TryFind(ReadOnlySpan<byte> bytes, out int hash, out T? value)
    {
        hash = HashOf(bytes);
        Entry? known = Volatile.Read(ref _entries[hash & (places - 1)]);
        bool isKnown = known is not null && known.Hash == hash && bytes.SequenceEqual(known.Bytes);
        value = isKnown ? known!.Value : default;
        return isKnown;
    }

    /// <summary>Bytes that were not found, and what was worked out of them.</summary>
    public void Keep(int hash, ReadOnlySpan<byte> bytes, T value)
    {
        ref int once = ref _once[hash & (_once.Length - 1)];
        if (once == hash)
        {
            Volatile.Write(ref _entries[hash & (places - 1)], new Entry(hash, bytes.ToArray(), value));
        }
        else
        {
            once = hash;
        }
    }

    /// <summary>A word at a time: whoever chooses bytes that take each other's place has what is forgotten worked out again, and no more.</summary>
    private static int HashOf(ReadOnlySpan<byte> bytes)
    {
        uint hash = (uint)bytes.Length;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            hash = BitOperations.Crc32C(hash, word);
        }

        foreach (byte rest in bytes[(bytes.Length & ~7)..])
        {
            hash = BitOperations.Crc32C(hash, rest);
        }

        return (int)hash;
    }

    private sealed record Entry(int Hash, byte[] Bytes, T Value);
}
