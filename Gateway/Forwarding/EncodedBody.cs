using System.Collections.Frozen;
using System.Net.Http.Headers;
using Gateway.Requests;
using Microsoft.Extensions.Primitives;

namespace Gateway.Forwarding;

/// <summary>Reads a body that the upstream compressed because the caller takes such: only to look into it, never to pass it on.</summary>
internal static class EncodedBody
{
    /// <summary>No answer has more; what is made to grow without end is not read.</summary>
    private const int MaxPlain = 16 * 1024 * 1024;

    private const int PieceBytes = 8 * 1024;

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
        if (!headers.Contains("Content-Encoding"))
        {
            return body;
        }

        using Stream? plain = Open(headers, body);
        if (plain is null)
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        try
        {
            byte[] bytes = new byte[maxBytes];
            return bytes.AsMemory(0, plain.ReadAtLeast(bytes, maxBytes, throwOnEndOfStream: false));
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            return ReadOnlyMemory<byte>.Empty;
        }
    }

    /// <summary>The last bytes of the plain text; empty when it cannot be read, or is absurdly long.</summary>
    /// <param name="headers">Of the body.</param>
    /// <param name="body">All of it.</param>
    /// <param name="most">So many.</param>
    /// <param name="length">Of the whole plain text, or how much of an absurdly long one was seen; null when it cannot be read.</param>
    public static ReadOnlySpan<byte> DecodeEnd(HttpHeadersNonValidated headers, ReadOnlyMemory<byte> body, int most, out long? length)
    {
        length = null;
        using Stream? plain = Open(headers, body);
        if (plain is null)
        {
            return [];
        }

        try
        {
            var end = new TailBuffer(most);
            byte[] piece = new byte[Math.Min(most, PieceBytes)];
            long passed = 0;
            while (plain.Read(piece) is > 0 and int read)
            {
                passed += read;
                if (passed > MaxPlain)
                {
                    length = passed;
                    return [];
                }

                end.Add(piece.AsSpan(0, read));
            }

            length = passed;
            return end.Bytes;
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            return [];
        }
    }

    private static Stream? Open(HttpHeadersNonValidated headers, ReadOnlyMemory<byte> body) =>
        ContentCoding.Open(headers["Content-Encoding"].ToString(), new MemoryStream(body.ToArray()));
}
