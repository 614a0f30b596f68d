using System.Net;
using System.Net.Http.Headers;

namespace Gateway.Forwarding;

/// <summary>An answer's content in which a secret is starred out while it is read.</summary>
internal sealed class MaskedContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly byte[] _secret;

    /// <param name="inner">Whose headers it has; owned from here on.</param>
    /// <param name="secret">What must not get out.</param>
    public MaskedContent(HttpContent inner, byte[] secret)
    {
        _inner = inner;
        _secret = secret;
        foreach ((string name, HeaderStringValues values) in inner.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    protected override async Task<Stream> CreateContentReadStreamAsync() => new MaskedStream(await _inner.ReadAsStreamAsync(), _secret);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        await (await CreateContentReadStreamAsync()).CopyToAsync(stream);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
