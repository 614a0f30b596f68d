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

    /// <param name="bytes">One or more.</param>
    /// <param name="hash">For <see cref="Keep"/>.</param>
    /// <param name="value">What was worked out of them, when they are known.</param>
    public bool TryFind(ReadOnlySpan<byte> bytes, out int hash, out T? value)
    {
        // With a secret of this process, like all strings': nobody can choose bytes that take each other's place.
        hash = string.GetHashCode(MemoryMarshal.Cast<byte, char>(bytes)) ^ (bytes[^1] << 24) ^ bytes.Length;
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

    private sealed record Entry(int Hash, byte[] Bytes, T Value);
}
