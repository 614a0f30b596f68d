using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Authentication;

/// <summary>SHA-256 of a key: what is kept and compared in its place. One changed bit of a key changes the whole digest.</summary>
internal readonly record struct KeyDigest(UInt128 High, UInt128 Low)
{
    public static KeyDigest Of(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        return new KeyDigest(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
    }

    /// <summary>
    /// Names whoever has this key, in stores that outlive the process too. Hashed once more, under a label: what stands there is not what stands
    /// in a configuration.
    /// </summary>
    public UInt128 ToPrincipal()
    {
        ReadOnlySpan<byte> label = "gateway principal\0"u8;
        Span<byte> text = stackalloc byte[label.Length + SHA256.HashSizeInBytes];
        label.CopyTo(text);
        BinaryPrimitives.WriteUInt128BigEndian(text[label.Length..], High);
        BinaryPrimitives.WriteUInt128BigEndian(text[(label.Length + 16)..], Low);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    /// <summary>Equal, told in the same time wherever the difference is.</summary>
    public bool FixedTimeEquals(KeyDigest other) => CryptographicOperations.FixedTimeEquals(Bytes(in this), Bytes(in other));

    /// <summary>Never the digest: it would let a key be guessed at leisure.</summary>
    public override string ToString() => nameof(KeyDigest);

    private static ReadOnlySpan<byte> Bytes(ref readonly KeyDigest digest) =>
        MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in digest, 1));
}
