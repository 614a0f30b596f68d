using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Gateway.Caching;

/// <summary>
/// Names an answer: 28 bytes of the SHA-256 of everything that it depends on, behind 4 that tell its model, so that all answers of a model can be
/// found without knowing their requests.
/// </summary>
internal readonly record struct CacheKey(UInt128 High, UInt128 Low)
{
    public const int Bytes = 32;

    private const int ModelShift = 96;

    /// <summary>Of the model; two models may share it.</summary>
    public uint Model => (uint)(High >> ModelShift);

    public static CacheKey Of(uint model, ReadOnlySpan<byte> hash)
    {
        UInt128 rest = BinaryPrimitives.ReadUInt128BigEndian(hash) & (UInt128.MaxValue >> (128 - ModelShift));
        return new CacheKey(((UInt128)model << ModelShift) | rest, BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
    }

    /// <summary>FNV-1a: the same in every process. Nothing but clearing by model depends on it.</summary>
    public static uint ModelOf(string? model)
    {
        uint hash = 2166136261;
        foreach (char character in model ?? "")
        {
            hash = (hash ^ character) * 16777619;
        }

        return hash;
    }

    public static bool TryParse(string? text, out CacheKey key)
    {
        key = default;
        if (text is not { Length: 2 * Bytes }
            || !UInt128.TryParse(text.AsSpan(0, Bytes), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 high)
            || !UInt128.TryParse(text.AsSpan(Bytes), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 low))
        {
            return false;
        }

        key = new CacheKey(high, low);
        return true;
    }

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, High);
        BinaryPrimitives.WriteUInt128BigEndian(destination[16..], Low);
    }

    /// <summary>Any bits of it are as good as others.</summary>
    public override int GetHashCode() => (int)Low;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Write(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>A secret that only who knows the whole request can make; the key itself does not give it away, nor it the key.</summary>
    public void Derive(ReadOnlySpan<byte> purpose, Span<byte> destination)
    {
        Span<byte> text = stackalloc byte[64 + Bytes];
        purpose.CopyTo(text);
        Write(text[purpose.Length..]);
        SHA256.HashData(text[..(purpose.Length + Bytes)], destination);
    }
}
