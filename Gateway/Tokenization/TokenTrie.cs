using System.Numerics;
using System.Runtime.CompilerServices;

namespace Gateway.Tokenization;

/// <summary>All tokens by their bytes: a trie in one open-addressing table. The nodes of the single bytes are 0 to 255.</summary>
internal sealed class TokenTrie
{
    /// <summary>No token ends at this node.</summary>
    public const int None = -1;

    private const int SingleBytes = 256;

    private readonly Edge[] _edges;
    private readonly int[] _singles = new int[SingleBytes];
    private readonly int _shift;
    private int _nodes = SingleBytes;

    /// <param name="nodes">How many there will be.</param>
    public TokenTrie(int nodes)
    {
        int bits = BitOperations.Log2((uint)(nodes + (nodes >> 1))) + 1;
        _edges = new Edge[1 << bits];
        _shift = 32 - bits;
        Array.Fill(_singles, None);
    }

    /// <summary>The token of one byte.</summary>
    public int Single(byte first) => _singles[first];

    /// <summary>The node behind one more byte, or -1.</summary>
    /// <param name="node">Where to go on.</param>
    /// <param name="next">The byte.</param>
    /// <param name="token">What ends there, or <see cref="None"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Step(int node, byte next, out int token)
    {
        ref readonly Edge edge = ref Find(KeyOf(node, next));
        token = edge.Token;
        return edge.Key == 0 ? -1 : edge.Node;
    }

    /// <summary>The token of exactly these bytes, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Find(ReadOnlySpan<byte> bytes)
    {
        int node = bytes[0];
        int token = _singles[node];
        for (int i = 1; i < bytes.Length; i++)
        {
            node = Step(node, bytes[i], out token);
            if (node < 0)
            {
                return None;
            }
        }

        return token;
    }

    /// <summary>Adds a token.</summary>
    /// <returns>The token that its first <paramref name="split"/> bytes are, when that is not 0.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Add(ReadOnlySpan<byte> bytes, int token, int split)
    {
        int node = bytes[0];
        int left = _singles[node];
        if (bytes.Length == 1)
        {
            _singles[node] = token;
            return left;
        }

        for (int i = 1; i < bytes.Length; i++)
        {
            uint key = KeyOf(node, bytes[i]);
            ref Edge edge = ref Find(key);
            if (edge.Key == 0)
            {
                edge = new Edge { Key = key, Node = _nodes++, Token = None };
            }

            node = edge.Node;
            if (i == split - 1)
            {
                left = edge.Token;
            }

            if (i == bytes.Length - 1)
            {
                edge.Token = token;
            }
        }

        return left;
    }

    private static uint KeyOf(int node, byte next) => (((uint)node << 8) | next) + 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Edge Find(uint key)
    {
        Edge[] edges = _edges;
        uint at = (key * 2654435769u) >> _shift;
        while (true)
        {
            ref Edge edge = ref edges[at];
            if (edge.Key == key || edge.Key == 0)
            {
                return ref edge;
            }

            at = (at + 1) & (uint)(edges.Length - 1);
        }
    }

    private struct Edge
    {
        public uint Key;
        public int Node;
        public int Token;
    }
}
