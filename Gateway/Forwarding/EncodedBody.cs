using System.Collections.Frozen;
using System.IO.Compression;
using System.Net.Http.Headers;
using Microsoft.Extensions.Primitives;

namespace Gateway.Forwarding;

/// <summary>Reads a body that the upstream compressed because the caller takes such: only to look into it, never to pass it on.</summary>
internal static class EncodedBody
{
    private static readonly FrozenSet<string> Known = new[] { "gzip", "br", "deflate", "identity" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>What of an Accept-Encoding can be read here: with a key of ours under way, nothing may come in another one, where it could not be masked.</summary>
    public static StringValues Readable(StringValues accepted)
    {
        IEnumerable<string> codings = accepted.SelectMany(static value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        return string.Join(", ", codings.Where(static coding => Known.Contains(coding.Split(';')[0].TrimEnd())));
    }

    /// <summary>The first bytes of the plain text; empty when the encoding is unknown or the bytes are not in it.</summary>
    public static ReadOnlyMemory<byte> Decode(HttpHeadersNonValidated headers, ReadOnlyMemory<byte> body, int maxBytes)
    {
        if (!headers.TryGetValues("Content-Encoding", out HeaderStringValues encodings))
        {
            return body;
        }

        using var source = new MemoryStream(body.ToArray());
        using Stream? decoder = encodings.ToString().ToUpperInvariant() switch
        {
            "GZIP" => new GZipStream(source, CompressionMode.Decompress),
            "BR" => new BrotliStream(source, CompressionMode.Decompress),
            "DEFLATE" => new ZLibStream(source, CompressionMode.Decompress),
            _ => null,
        };
        if (decoder is null)
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        byte[] plain = new byte[maxBytes];
        try
        {
            return plain.AsMemory(0, decoder.ReadAtLeast(plain, maxBytes, throwOnEndOfStream: false));
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            return ReadOnlyMemory<byte>.Empty;
        }
    }
}
