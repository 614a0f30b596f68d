using System.Net;
using System.Net.Http.Headers;

namespace Gateway.Forwarding;

/// <summary>An answer's content that is read by way of another stream: some of it was read already, or a secret is starred out on the way.</summary>
internal sealed class ReadThroughContent : HttpContent
{
    private readonly HttpContent _content;
    private readonly Stream _stream;

    /// <param name="content">Whose headers it has; owned from here on.</param>
    /// <param name="stream">Gives all of it.</param>
    public ReadThroughContent(HttpContent content, Stream stream)
    {
        (_content, _stream) = (content, stream);
        foreach ((string name, HeaderStringValues values) in content.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(_stream);

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
            _content.Dispose();
        }

        base.Dispose(disposing);
    }
}
