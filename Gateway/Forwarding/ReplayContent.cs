using System.Net;
using Gateway.Requests;

namespace Gateway.Forwarding;

/// <summary>A request body as HTTP content: written from its beginning for every attempt.</summary>
internal sealed class ReplayContent(RequestBody body) : HttpContent
{
    /// <summary>
    /// Completes when nobody reads the body any more. The handler gives up on a cancelled request without waiting for its writes, but
    /// the body's memory goes to another request next.
    /// </summary>
    public Task Written { get; private set; } = Task.CompletedTask;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        Written = body.CopyToAsync(stream, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }
}
