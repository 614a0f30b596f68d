using System.Buffers;

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
        int[] tokens = ArrayPool<int>.Shared.Rent(size);
        int[] next = ArrayPool<int>.Shared.Rent(size);
        int[] previous = ArrayPool<int>.Shared.Rent(size);
        var queue = new PriorityQueue<int, long>(size);
        try
        {
            long count = 0;
            int last = -1;
            for (int start = 0; start < piece.Length;)
            {
                ReadOnlySpan<byte> part = piece.Slice(start, Math.Min(size, piece.Length - start));
                Merge(vocabulary, part, tokens, next, previous, queue);
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
        finally
        {
            ArrayPool<int>.Shared.Return(tokens);
            ArrayPool<int>.Shared.Return(next);
            ArrayPool<int>.Shared.Return(previous);
        }
    }

    /// <summary>A linked list of parts by their first byte; the queue holds their merges with the next one, by rank, then from the left.</summary>
    private static void Merge(
        Vocabulary vocabulary, ReadOnlySpan<byte> part, Span<int> tokens, Span<int> next, Span<int> previous, PriorityQueue<int, long> queue)
    {
        for (int i = 0; i < part.Length; i++)
        {
            tokens[i] = vocabulary.TokenOf(part[i]);
            next[i] = i + 1;
            previous[i] = i - 1;
        }

        for (int i = 0; i + 1 < part.Length; i++)
        {
            Offer(i, tokens, next);
        }

        while (queue.TryDequeue(out int at, out long order))
        {
            int following = next[at];
            int merged = (int)(order >> 32);
            if (tokens[at] < 0 || following >= part.Length || vocabulary.Merged(tokens[at], tokens[following]) != merged)
            {
                // One of the two has merged with another neighbour since.
                continue;
            }

            tokens[at] = merged;
            tokens[following] = -1;
            next[at] = next[following];
            if (next[at] < part.Length)
            {
                previous[next[at]] = at;
                Offer(at, tokens, next);
            }

            if (previous[at] >= 0)
            {
                Offer(previous[at], tokens, next);
            }
        }

        void Offer(int at, Span<int> tokens, Span<int> next)
        {
            if (vocabulary.Merged(tokens[at], tokens[next[at]]) is var merged and < int.MaxValue)
            {
                queue.Enqueue(at, ((long)merged << 32) | (uint)at);
            }
        }
    }
}
