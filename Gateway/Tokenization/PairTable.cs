using System.Numerics;
using System.Runtime.CompilerServices;

namespace Gateway.Tokenization;

/// <summary>Which token two neighbours merge into: open addressing, 8 bytes a slot.</summary>
internal sealed class PairTable
{
    /// <summary>Bits of a token: 18 for each of the three fit into a slot.</summary>
    public const int TokenBits = 18;

    private const ulong TokenMask = (1UL << TokenBits) - 1;

    private const int FilterBits = 22;

    private readonly ulong[] _slots;
    private readonly int _shift;

    /// <summary>A bit for each pair by its hash: most questions are about pairs that do not merge, and this half a megabyte stays in the cache.</summary>
    private readonly ulong[] _filter = new ulong[1 << (FilterBits - 6)];

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
        ulong hash = Hash(key);
        ulong bit = hash >> (64 - FilterBits);
        if ((_filter[bit >> 6] & (1UL << (int)bit)) == 0)
        {
            return int.MaxValue;
        }

        ulong[] slots = _slots;
        for (ulong at = hash >> _shift; ; at = (at + 1) & (ulong)(slots.Length - 1))
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(int left, int right, int merged)
    {
        ulong key = KeyOf(left, right);
        ulong hash = Hash(key);
        ulong bit = hash >> (64 - FilterBits);
        _filter[bit >> 6] |= 1UL << (int)bit;
        ulong at = hash >> _shift;
        while (_slots[at] != 0)
        {
            at = (at + 1) & (ulong)(_slots.Length - 1);
        }

        _slots[at] = (key << TokenBits) | (uint)merged;
    }

    private static ulong KeyOf(int left, int right) => ((ulong)(uint)left << TokenBits) | (uint)right;

    private static ulong Hash(ulong key) => key * 0x9E3779B97F4A7C15UL;
}
