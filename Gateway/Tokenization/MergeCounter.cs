namespace Gateway.Tokenization;

/// <summary>
/// Counts the tokens of a piece by making its merges in the order of rank, for pieces in which the longest token is seldom the right one.
/// A long piece is merged in windows that overlap: what two windows agree on stands, because tokens that stay apart pair by pair are the
/// tokens of the whole.
/// </summary>
internal static class MergeCounter
{
    private const int Window = 4096;
    private const int Overlap = 512;

    public static long Count(Vocabulary vocabulary, ReadOnlySpan<byte> piece) =>
        piece.Length > Window && InWindows(vocabulary, piece, Window) is var count and >= 0 ? count : InWindows(vocabulary, piece, piece.Length);

    /// <returns>-1 when two windows disagree.</returns>
    private static long InWindows(Vocabulary vocabulary, ReadOnlySpan<byte> piece, int window)
    {
        int size = Math.Min(window, piece.Length);
        using var links = new Scratch<int>(3 * size);
        using var heap = new Scratch<long>(2 * size);
        Span<int> tokens = links.Span[..size];
        Span<int> next = links.Span.Slice(size, size);
        Span<int> previous = links.Span.Slice(2 * size, size);
        long count = 0;
        int last = -1;
        for (int start = 0; start < piece.Length;)
        {
            ReadOnlySpan<byte> part = piece.Slice(start, Math.Min(size, piece.Length - start));
            Merge(vocabulary, part, tokens, next, previous, new MergeQueue(heap.Span));
            if (last >= 0 && !vocabulary.StaysApart(last, tokens[0]))
            {
                return -1;
            }

            // The end of a window is not the end of the piece: what stands there may be merged otherwise.
            int keep = start + part.Length == piece.Length ? part.Length : part.Length - Overlap;
            int at = 0;
            for (; at < keep; at = next[at])
            {
                last = tokens[at];
                count++;
            }

            start += at;
        }

        return count;
    }

    /// <summary>A linked list of parts by their first byte; the queue holds their merges with the next one, by rank, then from the left.</summary>
    private static void Merge(
        Vocabulary vocabulary, ReadOnlySpan<byte> part, Span<int> tokens, Span<int> next, Span<int> previous, MergeQueue queue)
    {
        for (int i = 0; i < part.Length; i++)
        {
            tokens[i] = vocabulary.TokenOf(part[i]);
            next[i] = i + 1;
            previous[i] = i - 1;
        }

        for (int i = 0; i + 1 < part.Length; i++)
        {
            if (vocabulary.Merged(tokens[i], tokens[i + 1]) is var merged and < int.MaxValue)
            {
                queue.Append(Entry(merged, i));
            }
        }

        queue.Order();
        while (queue.Count > 0)
        {
            long entry = queue.Pop();
            int at = (int)(uint)entry;
            int following = next[at];
            int merged = (int)(entry >> 32);
            if (tokens[at] < 0 || following >= part.Length || vocabulary.Merged(tokens[at], tokens[following]) != merged)
            {
                // One of the two has merged with another neighbour since.
                continue;
            }

            tokens[at] = merged;
            tokens[following] = -1;
            following = next[at] = next[following];
            if (following < part.Length)
            {
                previous[following] = at;
                if (vocabulary.Merged(merged, tokens[following]) is var right and < int.MaxValue)
                {
                    queue.Push(Entry(right, at));
                }
            }

            if (previous[at] is var before and >= 0 && vocabulary.Merged(tokens[before], merged) is var left and < int.MaxValue)
            {
                queue.Push(Entry(left, before));
            }
        }
    }

    private static long Entry(int merged, int at) => ((long)merged << 32) | (uint)at;
}
