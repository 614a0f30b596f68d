using Gateway.Requests;

namespace Gateway.Caching;

/// <summary>Looks into an answer that the upstream compressed because its caller takes such.</summary>
internal static class PlainBytes
{
    /// <summary>The plain bytes; null when the encoding is unknown, the bytes are not in it, or there are too many.</summary>
    public static byte[]? Of(string encoding, byte[] body, long limit)
    {
        using Stream? decoder = ContentCoding.Open(encoding, new MemoryStream(body));
        if (decoder is null)
        {
            return null;
        }

        using var plain = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = decoder.Read(buffer)) > 0)
            {
                if (plain.Length + read > limit)
                {
                    return null;
                }

                plain.Write(buffer, 0, read);
            }
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            return null;
        }

        return plain.ToArray();
    }
}
