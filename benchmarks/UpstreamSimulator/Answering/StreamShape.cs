namespace UpstreamSimulator.Answering;

/// <summary>The events of one kind of stream; <see cref="TokenStream"/> says when they are written.</summary>
internal abstract class StreamShape
{
    /// <summary>What comes before the first content.</summary>
    public abstract void WriteHead(SseWriter sse);

    /// <summary>One token of content.</summary>
    public abstract void WriteToken(SseWriter sse, int index);

    /// <summary>Finish reason and usage.</summary>
    public abstract void WriteFinish(SseWriter sse);

    /// <summary>The event that ends the stream.</summary>
    public abstract void WriteDone(SseWriter sse);
}
