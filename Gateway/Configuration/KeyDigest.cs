using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Configuration;

/// <summary>SHA-256 of a key: what is kept and compared in its place. One changed bit of a key changes the whole digest.</summary>
internal readonly record struct KeyDigest(UInt128 High, UInt128 Low)
{
    /// <summary>What a configured key begins with that is a digest and not the key itself.</summary>
    private const string Mark = "sha256:";

    /// <summary>Most keys are shorter.</summary>
    private const int LongestOnStack = 256;

    public static KeyDigest Of(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> text = stackalloc byte[LongestOnStack];
        SHA256.HashData(Encoding.UTF8.TryGetBytes(key, text, out int length) ? text[..length] : Encoding.UTF8.GetBytes(key), hash);
        return Read(hash);
    }

    /// <summary>
    /// Reads a client key as configured: the key itself, or <c>sha256:</c> and its digest as 64 hexadecimal digits. False: what follows the
    /// mark is no digest. Upper or lower case does not matter: a digest must never count as a clear key that everybody who reads it could show.
    /// </summary>
    public static bool TryParse(string configured, out KeyDigest digest)
    {
        if (!configured.StartsWith(Mark, StringComparison.OrdinalIgnoreCase))
        {
            digest = Of(configured);
            return true;
        }

        return TryParseHex(configured.AsSpan(Mark.Length), out digest);
    }

    /// <summary>Reads a digest alone: 64 hexadecimal digits.</summary>
    public static bool TryParseHex(ReadOnlySpan<char> hex, out KeyDigest digest)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        bool isDigest = hex.Length == 2 * hash.Length && Convert.FromHexString(hex, hash, out _, out _) == OperationStatus.Done;
        digest = isDigest ? Read(hash) : default;
        return isDigest;
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

    private static KeyDigest Read(ReadOnlySpan<byte> hash) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));

    private static ReadOnlySpan<byte> Bytes(ref readonly KeyDigest digest) =>
        MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in digest, 1));
}
