using System.IO.Pipelines;

namespace UpstreamSimulator.Connections;

/// <summary>
/// An input that remembers that its end was seen. Measured: Kestrel, reading a body, meets that end and aborts the connection before the
/// connection itself says that the client has closed it.
/// </summary>
internal sealed class HeldInput(PipeReader inner) : PipeReader
{
    private volatile bool _hasEnded;

    public bool HasEnded => _hasEnded;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            ReadResult result = await inner.ReadAsync(cancellationToken);
            _hasEnded |= result.IsCompleted;
            return result;
        }
        catch (IOException)
        {
            _hasEnded = true;
            throw;
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        bool read = inner.TryRead(out result);
        _hasEnded |= read && result.IsCompleted;
        return read;
    }

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
}
