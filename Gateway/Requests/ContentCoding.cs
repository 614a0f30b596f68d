using System.IO.Compression;

namespace Gateway.Requests;

/// <summary>The encodings of bodies that can be read here.</summary>
internal static class ContentCoding
{
    /// <summary>The plain text of a body; null when its encoding is another.</summary>
    /// <param name="encoding">As its Content-Encoding says.</param>
    /// <param name="body">Disposed with what is returned.</param>
    public static Stream? Open(string encoding, Stream body) => encoding.Trim().ToUpperInvariant() switch
    {
        "GZIP" => new GZipStream(body, CompressionMode.Decompress),
        "BR" => new BrotliStream(body, CompressionMode.Decompress),
        "DEFLATE" => new ZLibStream(body, CompressionMode.Decompress),
        "IDENTITY" => body,
        _ => null,
    };
}
