using System.Buffers.Binary;

namespace Gateway.Tokenization;

/// <summary>
/// Counts of short pieces that were met before. Most of a text are the same few words, and one look here costs less than a walk through a trie
/// that lies in no cache. One word of memory each, so that threads share it without a lock; a piece that comes to another's place takes it.
/// </summary>
internal sealed class ShortPieces
{
    public const int Shortest = 2;
    public const int Longest = 7;

    private const int Bits = 13;
    private const int KeyBits = 59;
    private const ulong KeyMask = (1UL << KeyBits) - 1;

    /// <summary>2^64 divided by the golden ratio: spreads keys that differ anywhere over the highest bits.</summary>
    private const ulong Spread = 0x9E3779B97F4A7C15;

    /// <summary>Each: the piece's bytes in the lower seven, then three bits of its length, then five of its count.</summary>
    private readonly ulong[] _known = new ulong[1 << Bits];

    /// <param name="piece"><see cref="Shortest"/> to <see cref="Longest"/> bytes.</param>
    public static ulong KeyOf(ReadOnlySpan<byte> piece)
    {
        ulong bytes = piece.Length >= sizeof(uint)
            ? BinaryPrimitives.ReadUInt32LittleEndian(piece)
                | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(piece[^sizeof(uint)..]) << (8 * (piece.Length - sizeof(uint))))
            : BinaryPrimitives.ReadUInt16LittleEndian(piece) | ((ulong)piece[^1] << (8 * (piece.Length - 1)));
        return bytes | ((ulong)piece.Length << 56);
    }

    public bool TryFind(ulong key, out long count)
    {
        ulong known = Volatile.Read(ref _known[Place(key)]);
        count = (long)(known >> KeyBits);
        return (known & KeyMask) == key;
    }

    /// <param name="key">The piece.</param>
    /// <param name="count">At most one for each of its bytes.</param>
    public void Keep(ulong key, long count) => Volatile.Write(ref _known[Place(key)], key | ((ulong)count << KeyBits));

    private static int Place(ulong key) => (int)((key * Spread) >> (64 - Bits));
}
