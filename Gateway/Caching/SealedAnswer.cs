using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Gateway.Caching;

/// <summary>
/// An answer as it stands in Redis: encrypted with a key that only who has the whole request can make (<see cref="CacheKey.Derive"/>), so that
/// whoever reads Redis reads no answer. The cipher's tag is the checksum, and binds the value to its key.
/// </summary>
internal static class SealedAnswer
{
    /// <summary>Of another layout: another answer is none.</summary>
    private const byte Version = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int HeadLength = 1 + NonceLength + TagLength;
    private const int MaxHeaders = 256;
    private const int MinStatus = 200;
    private const int MaxStatus = 599;

    public static byte[] Seal(CacheKey key, CachedAnswer answer)
    {
        var text = new ArrayBufferWriter<byte>(answer.Body.Length + 1024);
        WriteInt64(text, answer.Status);
        WriteInt64(text, answer.StoredAt.ToUnixTimeMilliseconds());
        WriteInt64(text, answer.Headers.Sum(static header => header.Value.Count));
        foreach ((string name, StringValues values) in answer.Headers)
        {
            foreach (string? value in values)
            {
                WriteBytes(text, Encoding.UTF8.GetBytes(name));
                WriteBytes(text, Encoding.UTF8.GetBytes(value ?? ""));
            }
        }

        WriteBytes(text, answer.Body);

        byte[] sealedBytes = new byte[HeadLength + text.WrittenCount];
        sealedBytes[0] = Version;
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(1, NonceLength));
        using AesGcm cipher = CipherOf(key);
        cipher.Encrypt(sealedBytes.AsSpan(1, NonceLength), text.WrittenSpan, sealedBytes.AsSpan(HeadLength), sealedBytes.AsSpan(1 + NonceLength, TagLength));
        return sealedBytes;
    }

    /// <summary>Null when it is none, or not of this key.</summary>
    public static CachedAnswer? Open(CacheKey key, ReadOnlySpan<byte> value)
    {
        if (value.Length < HeadLength || value[0] != Version)
        {
            return null;
        }

        byte[] text = new byte[value.Length - HeadLength];
        try
        {
            using AesGcm cipher = CipherOf(key);
            cipher.Decrypt(value.Slice(1, NonceLength), value[HeadLength..], value.Slice(1 + NonceLength, TagLength), text);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        return Read(text);
    }

    private static CachedAnswer? Read(ReadOnlySpan<byte> text)
    {
        if (!TryInt64(ref text, out long status) || status is < MinStatus or > MaxStatus
            || !TryInt64(ref text, out long storedAt) || storedAt < 0 || storedAt > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            || !TryInt64(ref text, out long count) || count is < 0 or > MaxHeaders)
        {
            return null;
        }

        var headers = new Dictionary<string, StringValues>((int)count);
        for (; count > 0; count--)
        {
            if (!TryBytes(ref text, out ReadOnlySpan<byte> name) || !TryBytes(ref text, out ReadOnlySpan<byte> value))
            {
                return null;
            }

            string key = Encoding.UTF8.GetString(name);
            headers[key] = StringValues.Concat(headers.GetValueOrDefault(key), Encoding.UTF8.GetString(value));
        }

        return TryBytes(ref text, out ReadOnlySpan<byte> body) && text.IsEmpty
            ? new CachedAnswer((int)status, [.. headers], body.ToArray(), DateTimeOffset.FromUnixTimeMilliseconds(storedAt))
            : null;
    }

    private static AesGcm CipherOf(CacheKey key)
    {
        Span<byte> secret = stackalloc byte[CacheKey.Bytes];
        key.Derive("value"u8, secret);
        return new AesGcm(secret, TagLength);
    }

    private static void WriteInt64(ArrayBufferWriter<byte> to, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to.GetSpan(sizeof(long)), number);
        to.Advance(sizeof(long));
    }

    private static void WriteBytes(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> bytes)
    {
        WriteInt64(to, bytes.Length);
        to.Write(bytes);
    }

    private static bool TryInt64(ref ReadOnlySpan<byte> from, out long number)
    {
        if (!BinaryPrimitives.TryReadInt64LittleEndian(from, out number))
        {
            return false;
        }

        from = from[sizeof(long)..];
        return true;
    }

    private static bool TryBytes(ref ReadOnlySpan<byte> from, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!TryInt64(ref from, out long length) || length < 0 || length > from.Length)
        {
            return false;
        }

        bytes = from[..(int)length];
        from = from[(int)length..];
        return true;
    }
}
