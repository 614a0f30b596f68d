using System.Buffers.Binary;
using System.Buffers.Text;

namespace Gateway.Tokenization;

/// <summary>Of a picture, in pixels.</summary>
/// <param name="Width">At least 1.</param>
/// <param name="Height">At least 1.</param>
internal readonly record struct ImageSize(int Width, int Height)
{
    /// <summary>Of a picture that is elsewhere or whose size cannot be read.</summary>
    public static readonly ImageSize Assumed = new(1024, 1024);

    /// <summary>Reads it in the beginning of an inline picture: PNG, JPEG, WebP, GIF.</summary>
    /// <param name="url">A data URL, possibly cut; anything else is elsewhere.</param>
    public static ImageSize OfUrl(ReadOnlySpan<byte> url)
    {
        int comma = url.StartsWith("data:"u8) ? url.IndexOf((byte)',') : -1;
        if (comma < 0 || !url[..comma].EndsWith(";base64"u8))
        {
            return Assumed;
        }

        ReadOnlySpan<byte> encoded = url[(comma + 1)..];
        using var image = new Scratch<byte>(Base64.GetMaxDecodedFromUtf8Length(encoded.Length & ~3) + 3);
        Base64.DecodeFromUtf8(encoded[..(encoded.Length & ~3)], image.Span, out _, out int written, isFinalBlock: false);
        return Of(image.Span[..written]) is { Width: > 0, Height: > 0 } size ? size : Assumed;
    }

    private static ImageSize Of(ReadOnlySpan<byte> image) =>
        image.Length >= 24 && image.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G'])
            ? new(BinaryPrimitives.ReadInt32BigEndian(image[16..]), BinaryPrimitives.ReadInt32BigEndian(image[20..]))
        : image.Length >= 10 && image.StartsWith("GIF8"u8)
            ? new(BinaryPrimitives.ReadUInt16LittleEndian(image[6..]), BinaryPrimitives.ReadUInt16LittleEndian(image[8..]))
        : image.Length >= 30 && image.StartsWith("RIFF"u8) && image[8..].StartsWith("WEBP"u8) ? OfWebP(image)
        : image.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]) ? OfJpeg(image)
        : default;

    private static ImageSize OfWebP(ReadOnlySpan<byte> image)
    {
        ReadOnlySpan<byte> kind = image[12..16];
        if (kind.SequenceEqual("VP8X"u8))
        {
            return new(1 + (image[24] | (image[25] << 8) | (image[26] << 16)), 1 + (image[27] | (image[28] << 8) | (image[29] << 16)));
        }

        if (kind.SequenceEqual("VP8L"u8))
        {
            uint bits = BinaryPrimitives.ReadUInt32LittleEndian(image[21..]);
            return new(1 + (int)(bits & 0x3FFF), 1 + (int)((bits >> 14) & 0x3FFF));
        }

        return new(BinaryPrimitives.ReadUInt16LittleEndian(image[26..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(image[28..]) & 0x3FFF);
    }

    /// <summary>From segment to segment until the frame's.</summary>
    private static ImageSize OfJpeg(ReadOnlySpan<byte> image)
    {
        int at = 2;
        while (at + 9 < image.Length && image[at] == 0xFF)
        {
            byte marker = image[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }

            // All frames but the three markers among them that are none: tables of Huffman codes, arithmetic codes, an extension.
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                return new(BinaryPrimitives.ReadUInt16BigEndian(image[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(image[(at + 5)..]));
            }

            at += 2 + Math.Max(2, (int)BinaryPrimitives.ReadUInt16BigEndian(image[(at + 2)..]));
        }

        return default;
    }
}
