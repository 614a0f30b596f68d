using System.Buffers;
using System.Runtime.CompilerServices;

namespace Gateway.Tokenization;

/// <summary>
/// Memory to work in, until it is disposed of, once. From the shared pool, unless it is large: the pool keeps what a few hostile texts made it
/// grow to for as long as an hour, as it gives back one array in a full collection.
/// </summary>
/// <typeparam name="T">Of what.</typeparam>
/// <param name="length">At least so many of them; what is in them is undefined.</param>
internal readonly struct Scratch<T>(int length) : IDisposable
    where T : unmanaged
{
    /// <summary>Bytes: just below the large object heap, in which what is kept keeps what is free around it.</summary>
    private const int MostPooled = 64 * 1024;

    private readonly T[]? _array = IsPooled(length) ? ArrayPool<T>.Shared.Rent(length) : GC.AllocateUninitializedArray<T>(length);

    public Span<T> Span => _array;

    public void Dispose()
    {
        if (_array is not null && IsPooled(_array.Length))
        {
            ArrayPool<T>.Shared.Return(_array);
        }
    }

    /// <summary>The pool's arrays have a power of two, as the limit has: what is rented for a length up to it is not longer.</summary>
    private static bool IsPooled(int length) => length <= MostPooled / Unsafe.SizeOf<T>();
}
