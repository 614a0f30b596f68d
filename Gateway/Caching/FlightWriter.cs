using System.IO.Pipelines;

namespace Gateway.Caching;

/// <summary>Where the leader's relay writes to, in the place of its caller's connection.</summary>
internal sealed class FlightWriter(Flight flight, FlightResponse response) : PipeWriter
{
    public override Memory<byte> GetMemory(int sizeHint = 0) => flight.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => flight.GetMemory(sizeHint).Span;

    public override void Advance(int bytes) => flight.Written(bytes);

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        new(isCanceled: false, isCompleted: !await flight.PublishAsync(response.Start(), cancellationToken));

    /// <summary>The answer's end is told when the leader's later stages have returned.</summary>
    public override void Complete(Exception? exception = null)
    {
    }

    public override void CancelPendingFlush() => throw new NotSupportedException();
}
