using System.Buffers;
using System.Text;
using Gateway.Requests;

namespace Gateway.Tests.Canaries;

/// <summary>Leaves a secret in every pooled buffer that the next request may get.</summary>
internal static class PoisonedPools
{
    private const int Threads = 4;
    private const int ArraysOfASize = 4;
    private const int LargestPower = 17;

    public static void Fill(SegmentPool segments)
    {
        byte[] poison = Encoding.ASCII.GetBytes(Canary.Of("pool"));

        // The shared pool keeps arrays per thread and per core: whoever fills it once from one thread fills a corner of it.
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(() => FillShared(poison)))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        Parallel.For(0, Threads, _ => FillShared(poison));

        for (int size = SegmentPool.Smallest; size <= SegmentPool.Largest; size *= 2)
        {
            byte[][] rented = [.. Enumerable.Range(0, ArraysOfASize).Select(_ => segments.TryRent(size, long.MaxValue)!)];
            foreach (byte[] segment in rented)
            {
                Repeat(poison, segment);
                segments.Return(segment);
            }
        }
    }

    /// <summary>Does a buffer from the pool hold the secret, as a careless user would pass it on?</summary>
    public static bool AreFilled()
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(4096);
        bool isFilled = Canary.In(Encoding.ASCII.GetString(rented)).Count > 0;
        ArrayPool<byte>.Shared.Return(rented);
        return isFilled;
    }

    private static void FillShared(byte[] poison)
    {
        char[] text = Encoding.ASCII.GetChars(poison);
        for (int power = 4; power <= LargestPower; power++)
        {
            byte[][] bytes = [.. Enumerable.Range(0, ArraysOfASize).Select(_ => ArrayPool<byte>.Shared.Rent(1 << power))];
            char[][] chars = [.. Enumerable.Range(0, ArraysOfASize).Select(_ => ArrayPool<char>.Shared.Rent(1 << power))];
            foreach (byte[] array in bytes)
            {
                Repeat(poison, array);
                ArrayPool<byte>.Shared.Return(array);
            }

            foreach (char[] array in chars)
            {
                Repeat(text, array);
                ArrayPool<char>.Shared.Return(array);
            }
        }
    }

    private static void Repeat<T>(ReadOnlySpan<T> pattern, Span<T> target)
    {
        for (Span<T> rest = target; !rest.IsEmpty; rest = rest[Math.Min(pattern.Length, rest.Length)..])
        {
            pattern[..Math.Min(pattern.Length, rest.Length)].CopyTo(rest);
        }
    }
}
