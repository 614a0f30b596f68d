using System.Net;
using System.Security.Cryptography;

namespace Gateway.Tests.Support;

/// <summary>A body of any size that takes no memory: the same bytes every time, and no two pieces alike.</summary>
internal sealed class PatternContent(long length) : HttpContent
{
    private const int PieceSize = 64 << 10;

    /// <summary>SHA-256 of the first bytes of what a content sends, and how many there are in all.</summary>
    public static async Task<(string Hash, long Length)> HashAsync(HttpContent content, long first = long.MaxValue)
    {
        using var hash = new HashingStream(first);
        await content.CopyToAsync(hash, Rig.Cancel);
        return (hash.Hash(), hash.Total);
    }

    /// <summary>Writes the bytes piece by piece; <paramref name="onPiece"/> is called after each with what was written so far.</summary>
    public static async Task WriteAsync(Stream stream, long length, Action<long>? onPiece = null, CancellationToken cancel = default)
    {
        byte[] piece = new byte[PieceSize];
        for (long at = 0; at < length; at += PieceSize)
        {
            new Random((int)(at / PieceSize)).NextBytes(piece);
            int count = (int)Math.Min(PieceSize, length - at);
            await stream.WriteAsync(piece.AsMemory(0, count), cancel);
            onPiece?.Invoke(at + count);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => WriteAsync(stream, length);

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }

    /// <summary>Keeps nothing but the hash.</summary>
    internal sealed class HashingStream(long first = long.MaxValue) : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public long Total { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Total;

        public override long Position
        {
            get => Total;
            set => throw new NotSupportedException();
        }

        public string Hash() => Convert.ToHexStringLower(_hash.GetCurrentHash());

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _hash.AppendData(buffer[..(int)Math.Clamp(first - Total, 0, buffer.Length)]);
            Total += buffer.Length;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _hash.Dispose();
            base.Dispose(disposing);
        }
    }
}
