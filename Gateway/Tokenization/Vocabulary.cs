using System.Runtime.CompilerServices;

namespace Gateway.Tokenization;

/// <summary>The tokens of a vocabulary and the merges they come from, in a few flat tables. A token's number is its rank.</summary>
internal sealed class Vocabulary
{
    /// <summary>Bytes of the longest token there may be.</summary>
    public const int MaxTokenBytes = 128;

    private readonly TokenTrie _trie;
    private readonly PairTable _pairs;
    private readonly (int Left, int Right)[] _halves;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vocabulary(VocabularyFile file)
    {
        int count = file.Lengths.Length;
        _trie = new TokenTrie(file.Nodes);
        _pairs = new PairTable(count);
        _halves = new (int Left, int Right)[count];
        int at = 0;
        for (int token = 0; token < count; token++)
        {
            ReadOnlySpan<byte> bytes = file.Bytes.AsSpan(at, file.Lengths[token]);
            at += bytes.Length;
            int split = file.Splits[token];
            int left = _trie.Add(bytes, token, split);
            if (split == 0)
            {
                _halves[token] = (token, token);
                continue;
            }

            int right = _trie.Find(bytes[split..]);
            _halves[token] = (left, right);
            _pairs.Add(left, right, token);
        }
    }

    public static Vocabulary Load(string name) => new(VocabularyFile.ReadResource(name));

    public ShortPieces ShortPieces { get; } = new();

    /// <summary>True when the bytes are one token.</summary>
    public bool Holds(ReadOnlySpan<byte> bytes) => _trie.Find(bytes) >= 0;

    /// <summary>The token of exactly these bytes, which is one.</summary>
    public int TokenOf(ReadOnlySpan<byte> bytes) => _trie.Find(bytes);

    public int TokenOf(byte single) => _trie.Single(single);

    /// <summary>The token that two neighbours merge into, or <see cref="int.MaxValue"/>.</summary>
    public int Merged(int left, int right) => _pairs.Find(left, right);

    /// <summary>Finds every token that the text begins with, the shortest first.</summary>
    /// <param name="text">At least one byte.</param>
    /// <param name="tokens">Room for as many as bytes in the longest.</param>
    /// <param name="lengths">Their bytes.</param>
    /// <returns>How many.</returns>
    public int Prefixes(ReadOnlySpan<byte> text, Span<int> tokens, Span<byte> lengths)
    {
        int node = text[0];
        tokens[0] = _trie.Single(text[0]);
        lengths[0] = 1;
        int count = 1;
        for (int i = 1; i < text.Length; i++)
        {
            node = _trie.Step(node, text[i], out int token);
            if (node < 0)
            {
                break;
            }

            if (token >= 0)
            {
                tokens[count] = token;
                lengths[count] = (byte)(i + 1);
                count++;
            }
        }

        return count;
    }

    /// <summary>
    /// True when the merges, made in the order of rank over the bytes of both, end in exactly these two. Takes the two apart, the latest
    /// merge first, and looks whether at any time the parts at their border would rather have merged with each other.
    /// </summary>
    public bool StaysApart(int left, int right)
    {
        int limit = int.MaxValue;
        while (true)
        {
            if (_pairs.Find(left, right) < limit)
            {
                return false;
            }

            if (left > right)
            {
                limit = left;
                left = _halves[left].Right;
                if (left == limit)
                {
                    limit = right + 1;
                    right = _halves[right].Left;
                    if (right + 1 == limit)
                    {
                        return true;
                    }
                }
            }
            else
            {
                limit = right + 1;
                right = _halves[right].Left;
                if (right + 1 == limit)
                {
                    limit = left;
                    left = _halves[left].Right;
                    if (left == limit)
                    {
                        return true;
                    }
                }
            }
        }
    }
}
