using System.Security.Cryptography;
using Gateway.Caching;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>
/// A cache entry in Redis. As it stands there: what was changed in any way is none. And what is inside, as another version might have written it:
/// never an exception.
/// </summary>
internal sealed class SealedAnswerTarget : FuzzTarget
{
    private const byte Version = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private static readonly CacheKey Key = new(17, 4711);

    private static readonly CachedAnswer Answer = new(
        200, [new("Content-Type", "application/json"), new("X-Two", new StringValues(["a", "b"]))], "{\"a\":1}"u8.ToArray(), DateTimeOffset.UnixEpoch.AddYears(56));

    /// <summary>Sealed again without dice, so that the same seed makes the same inputs.</summary>
    private static readonly byte[] Sealed = Seal(PlainOf(SealedAnswer.Seal(Key, Answer)));

    public override string Name => "cache-entry";

    public override int ShortInputs => 6000;

    public override IReadOnlyList<byte[]> Seeds { get; } = [Sealed, PlainOf(Sealed), [], [Version], [.. PlainOf(Sealed), 0]];

    public override IReadOnlyList<string> Words { get; } = ["\0\0\0\0\0\0\0\0", "\u0001\0\0\0\0\0\0\0", "\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f", "\u0001"];

    public override IReadOnlyList<string> Reaches => ["none", "whole", "other"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        CachedAnswer? opened = SealedAnswer.Open(Key, input);
        Assert.True(opened is null || input.AsSpan().SequenceEqual(Sealed), "changed, and taken for an answer");
        Assert.Null(SealedAnswer.Open(new CacheKey(17, 4712), input));
        if (opened is not null)
        {
            Assert.Equal((200, 2, 7), (opened.Status, opened.Headers.Count, opened.Body.Length));
            return new("whole");
        }

        return new(SealedAnswer.Open(Key, Seal(input)) is { } other && other.Size > 0 ? "other" : "none");
    }

    private static byte[] PlainOf(byte[] value)
    {
        byte[] plain = new byte[value.Length - 1 - NonceLength - TagLength];
        using AesGcm cipher = Cipher();
        cipher.Decrypt(value.AsSpan(1, NonceLength), value.AsSpan(1 + NonceLength + TagLength), value.AsSpan(1 + NonceLength, TagLength), plain);
        return plain;
    }

    private static byte[] Seal(byte[] plain)
    {
        byte[] value = new byte[1 + NonceLength + TagLength + plain.Length];
        value[0] = Version;
        using AesGcm cipher = Cipher();
        cipher.Encrypt(value.AsSpan(1, NonceLength), plain, value.AsSpan(1 + NonceLength + TagLength), value.AsSpan(1 + NonceLength, TagLength));
        return value;
    }

    private static AesGcm Cipher()
    {
        byte[] secret = new byte[CacheKey.Bytes];
        Key.Derive("value"u8, secret);
        return new AesGcm(secret, TagLength);
    }
}
