using System.Net;
using Gateway.Requests;

namespace Gateway.Forwarding;

/// <summary>A request body as HTTP content: written from its beginning for every attempt.</summary>
/// <param name="body">The body; outlives the content.</param>
/// <param name="splices">What of it is sent otherwise; empty for the bytes as they came.</param>
/// <param name="onWritten">Called after each piece that the upstream took.</param>
internal sealed class ReplayContent(RequestBody body, IReadOnlyList<BodySplice> splices, Action onWritten) : HttpContent
{
    private bool _isBegun;

    /// <summary>
    /// Completes when nobody reads the body any more. The handler gives up on a cancelled request without waiting for its writes, but
    /// the body's memory goes to another request next.
    /// </summary>
    public Task Written { get; private set; } = Task.CompletedTask;

    /// <summary>The upstream's side has all of it. False before anything was written: while the connection was still being made.</summary>
    public bool IsSent => _isBegun && Written.IsCompletedSuccessfully;

    /// <summary>Some of it may be on its way, and the rest is not.</summary>
    public bool IsUnfinished() => _isBegun && !Written.IsCompletedSuccessfully;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _isBegun = true;
        return Written = splices.Count == 0
            ? body.CopyToAsync(stream, onWritten, cancellationToken)
            : body.CopyToAsync(stream, splices, onWritten, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = splices.Count == 0 ? body.Length : BodySplice.LengthWith(body.Length, splices);
        return true;
    }
}
