using System.Net;

namespace Gateway.Forwarding;

/// <summary>An answer's content of which some was read already: gives that first, then the rest.</summary>
internal sealed class ResumedContent : HttpContent
{
    private readonly HttpContent _begun;
    private readonly ResumedStream _stream;

    /// <param name="begun">Whose headers it has; owned from here on.</param>
    /// <param name="read">What was read of it.</param>
    /// <param name="rest">What was not.</param>
    public ResumedContent(HttpContent begun, ReadOnlyMemory<byte> read, Stream rest)
    {
        _begun = begun;
        _stream = new ResumedStream(read, rest);
        foreach ((string name, System.Net.Http.Headers.HeaderStringValues values) in begun.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(_stream);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _stream.CopyToAsync(stream);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _begun.Dispose();
        }

        base.Dispose(disposing);
    }
}
