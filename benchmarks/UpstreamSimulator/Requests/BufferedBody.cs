using System.Buffers;

namespace UpstreamSimulator.Requests;

/// <summary>A whole body in a pooled array. Whoever read it disposes it.</summary>
internal readonly struct BufferedBody(byte[] array, int length) : IDisposable
{
    /// <summary>A JSON body above this is refused with 413.</summary>
    public const int MaxBytes = 64 << 20;

    public ReadOnlySpan<byte> Span => array.AsSpan(0, length);

    /// <summary>Reads to the end; null when the body is larger than <see cref="MaxBytes"/>.</summary>
    public static async ValueTask<BufferedBody?> ReadAsync(HttpRequest request, CancellationToken aborted)
    {
        if (request.ContentLength > MaxBytes) return null;
        byte[] array = ArrayPool<byte>.Shared.Rent((int)(request.ContentLength ?? 4096) + 1);
        int length = 0;
        while (true)
        {
            int read = await request.Body.ReadAsync(array.AsMemory(length), aborted);
            if (read == 0) return new BufferedBody(array, length);
            length += read;
            if (length > MaxBytes) return null;
            if (length < array.Length) continue;

            byte[] larger = ArrayPool<byte>.Shared.Rent(array.Length * 2);
            array.AsSpan(0, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(array);
            array = larger;
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(array);
}
