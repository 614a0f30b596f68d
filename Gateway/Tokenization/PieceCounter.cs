namespace Gateway.Tokenization;

/// <summary>
/// Counts the tokens of one piece. The tokens of a text's beginning are the beginning of its tokens as far as neighbours do not merge, so
/// the longest token is taken again and again, and taken back where nothing can follow it. No position fails twice: linear in the piece.
/// Where that fails too often (a long line of dashes: each length is a token, hardly any is the right one), merging is faster.
/// </summary>
internal ref struct PieceCounter
{
    private const int StackWords = 8;

    /// <summary>Work for each byte that it has come forward, and to begin with, before it is given up.</summary>
    private const int Patience = 2;
    private const int FirstPatience = 512;

    /// <summary>Bytes walked in the trie that are as much work as a token tried.</summary>
    private const int WalkedPerStep = 8;

    private readonly Vocabulary _vocabulary;
    private readonly Span<int> _tokens;
    private readonly Span<byte> _lengths;
    private readonly Span<ulong> _small;

    /// <param name="vocabulary">Whose tokens.</param>
    /// <param name="tokens">Scratch: <see cref="Vocabulary.MaxTokenBytes"/>.</param>
    /// <param name="lengths">Scratch: <see cref="Vocabulary.MaxTokenBytes"/>.</param>
    /// <param name="words">Scratch: <see cref="ScratchWords"/>.</param>
    public PieceCounter(Vocabulary vocabulary, Span<int> tokens, Span<byte> lengths, Span<ulong> words)
    {
        _vocabulary = vocabulary;
        _tokens = tokens;
        _lengths = lengths;
        _small = words;
    }

    public static int ScratchWords => 2 * StackWords;

    /// <summary>Looked at so far: tokens tried, taken and taken back; not what merging took. For tests: work must grow with the text and no faster.</summary>
    public long Steps { get; private set; }

    public long Count(ReadOnlySpan<byte> piece)
    {
        if (piece.Length is >= ShortPieces.Shortest and <= ShortPieces.Longest)
        {
            ulong key = ShortPieces.KeyOf(piece);
            if (!_vocabulary.ShortPieces.TryFind(key, out long known))
            {
                known = CountPiece(piece);
                _vocabulary.ShortPieces.Keep(key, known);
            }

            return known;
        }

        return CountPiece(piece);
    }

    private long CountPiece(ReadOnlySpan<byte> piece)
    {
        if (piece.Length == 1 || (piece.Length <= Vocabulary.MaxTokenBytes && _vocabulary.Holds(piece)))
        {
            return 1;
        }

        int words = (piece.Length >> 6) + 1;
        if (words <= StackWords)
        {
            Span<ulong> bits = _small[..(2 * words)];
            bits.Clear();
            return CountWith(piece, bits, words);
        }

        using var scratch = new Scratch<ulong>(2 * words);
        Span<ulong> many = scratch.Span[..(2 * words)];
        many.Clear();
        return CountWith(piece, many, words);
    }

    private long CountWith(ReadOnlySpan<byte> piece, Span<ulong> bits, int words) =>
        Search(piece, bits[..words], bits[words..]) is var count and >= 0 ? count : MergeCounter.Count(_vocabulary, piece);

    /// <param name="piece">At least two bytes.</param>
    /// <returns>-1 when it is given up.</returns>
    /// <param name="dead">Positions from which no way leads to the end.</param>
    /// <param name="starts">Positions where the tokens taken begin.</param>
    private long Search(ReadOnlySpan<byte> piece, Span<ulong> dead, Span<ulong> starts)
    {
        long count = 0;
        int at = 0;
        int last = -1;
        int longest = Vocabulary.MaxTokenBytes;
        long patience = Steps + FirstPatience;
        while (at < piece.Length)
        {
            int found = longest == 0 ? 0 : _vocabulary.Prefixes(piece.Slice(at, Math.Min(longest, piece.Length - at)), _tokens, _lengths);
            Steps += found == 0 ? 0 : _lengths[found - 1] / WalkedPerStep;
            while (--found >= 0 && (IsSet(dead, at + _lengths[found]) || (last >= 0 && !_vocabulary.StaysApart(last, _tokens[found]))))
            {
                Steps++;
            }

            Steps++;
            if (Steps > patience + ((long)Patience * at))
            {
                return -1;
            }

            if (found >= 0)
            {
                starts[at >> 6] |= 1UL << at;
                last = _tokens[found];
                at += _lengths[found];
                longest = Vocabulary.MaxTokenBytes;
                count++;
                continue;
            }

            // Back to where the last token was taken: a shorter one there, then.
            dead[at >> 6] |= 1UL << at;
            int start = StartBefore(starts, at);
            starts[start >> 6] &= ~(1UL << start);
            longest = at - start - 1;
            last = start == 0 ? -1 : _vocabulary.TokenOf(piece[StartBefore(starts, start)..start]);
            at = start;
            count--;
        }

        return count;
    }

    private static bool IsSet(ReadOnlySpan<ulong> bits, int at) => (bits[at >> 6] & (1UL << at)) != 0;

    private static int StartBefore(ReadOnlySpan<ulong> starts, int at)
    {
        do
        {
            at--;
        }
        while (!IsSet(starts, at));
        return at;
    }
}
