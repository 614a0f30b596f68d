using System.Buffers;

namespace Gateway.Tests.Requests;

/// <summary>Bytes as one sequence of several segments, cut where a test wants.</summary>
internal static class ByteSequences
{
    public static ReadOnlySequence<byte> Cut(byte[] bytes, params IEnumerable<int> cuts)
    {
        int[] ends = [.. cuts.Append(bytes.Length)];
        var first = new Segment(bytes.AsMemory(0, ends[0]), 0);
        Segment last = first;
        for (int i = 1; i < ends.Length; i++)
        {
            last = last.Append(bytes.AsMemory(ends[i - 1], ends[i] - ends[i - 1]));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>Every byte in a segment of its own.</summary>
    public static ReadOnlySequence<byte> Shred(byte[] bytes) => Cut(bytes, Enumerable.Range(1, Math.Max(0, bytes.Length - 1)));

    /// <summary>In segments of so many bytes.</summary>
    public static ReadOnlySequence<byte> Split(byte[] bytes, int size) => Cut(bytes, Enumerable.Range(1, (bytes.Length - 1) / size).Select(i => i * size));

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long start)
        {
            Memory = memory;
            RunningIndex = start;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
