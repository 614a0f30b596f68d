using System.IO.Pipelines;

namespace UpstreamSimulator.Answering;

/// <summary>Writes events; after <paramref name="budget"/> bytes it drops the rest and says so, which is how a stream is truncated.</summary>
internal sealed class SseWriter(PipeWriter output, long budget)
{
    public bool Exhausted { get; private set; }

    /// <summary>Bytes written and not flushed.</summary>
    public int Pending { get; private set; }

    /// <summary>Writes up to three pieces that belong together.</summary>
    public void Write(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default, ReadOnlySpan<byte> third = default)
    {
        int length = first.Length + second.Length + third.Length;
        Span<byte> target = output.GetSpan(length);
        first.CopyTo(target);
        second.CopyTo(target[first.Length..]);
        third.CopyTo(target[(first.Length + second.Length)..]);
        if (length > budget)
        {
            length = (int)budget;
            Exhausted = true;
        }

        output.Advance(length);
        budget -= length;
        Pending += length;
    }

    public async ValueTask FlushAsync(CancellationToken aborted)
    {
        Pending = 0;
        await output.FlushAsync(aborted);
        aborted.ThrowIfCancellationRequested();
    }
}
