using System.Numerics;

namespace Gateway.Tokenization;

/// <summary>Which token two neighbours merge into: open addressing, 8 bytes a slot.</summary>
internal sealed class PairTable
{
    /// <summary>Bits of a token: 18 for each of the three fit into a slot.</summary>
    public const int TokenBits = 18;

    private const ulong TokenMask = (1UL << TokenBits) - 1;

    private readonly ulong[] _slots;
    private readonly int _shift;

    /// <param name="pairs">How many there will be.</param>
    public PairTable(int pairs)
    {
        int bits = BitOperations.Log2((uint)(pairs + (pairs >> 1))) + 1;
        _slots = new ulong[1 << bits];
        _shift = 64 - bits;
    }

    /// <summary>The merged token, or <see cref="int.MaxValue"/> when the two do not merge.</summary>
    public int Find(int left, int right)
    {
        ulong key = KeyOf(left, right);
        ulong[] slots = _slots;
        for (ulong at = Hash(key); ; at = (at + 1) & (ulong)(slots.Length - 1))
        {
            ulong slot = slots[at];
            if (slot >> TokenBits == key)
            {
                return (int)(slot & TokenMask);
            }

            if (slot == 0)
            {
                return int.MaxValue;
            }
        }
    }

    /// <param name="left">The first neighbour.</param>
    /// <param name="right">The second neighbour.</param>
    /// <param name="merged">Not 0, which is a single byte in every vocabulary.</param>
    public void Add(int left, int right, int merged)
    {
        ulong key = KeyOf(left, right);
        ulong at = Hash(key);
        while (_slots[at] != 0)
        {
            at = (at + 1) & (ulong)(_slots.Length - 1);
        }

        _slots[at] = (key << TokenBits) | (uint)merged;
    }

    private static ulong KeyOf(int left, int right) => ((ulong)(uint)left << TokenBits) | (uint)right;

    private ulong Hash(ulong key) => (key * 0x9E3779B97F4A7C15UL) >> _shift;
}
