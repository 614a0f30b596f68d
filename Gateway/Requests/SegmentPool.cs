using System.Buffers;
using System.Collections.Concurrent;
using System.Numerics;

namespace Gateway.Requests;

/// <summary>
/// The memory of request bodies: a budget for the whole gateway, and a pool that keeps what a burst needs, until it is over. Left to the collector, the
/// bodies of a burst that are done would stand beside those that are not, and memory would reach a multiple of the budget. The shared array
/// pool would keep them until enough full collections have passed, and an idle gateway has none.
/// </summary>
internal sealed class SegmentPool : IDisposable
{
    /// <summary>Bytes of the largest segment: just below the large object heap, which only full collections clean.</summary>
    public const int Largest = 64 * 1024;

    /// <summary>Bytes of the smallest.</summary>
    public const int Smallest = 512;

    /// <summary>Up to this the shared pool does: so few bytes make no burst.</summary>
    private const int MostShared = 4 * 1024;

    /// <summary>Bytes kept after a burst. Until then all are; with those that are held, never more than so many above what was held at once.</summary>
    private const int MaxKept = 8 << 20;

    /// <summary>A burst: bodies held at least this much at once.</summary>
    private const long Burst = 32L << 20;

    /// <summary>A burst counts as over when this little of it has been held for <see cref="Calm"/>.</summary>
    private const long Rest = Burst / 8;

    /// <summary>Long enough for Kestrel to let go of the blocks it pools.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Half of what the process may have (a container's limit, or the collector's own): the budget that is configured may be more than there is.
    /// </summary>
    private readonly long _most = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>By size, the smallest first.</summary>
    private readonly ConcurrentBag<byte[]>[] _kept = [.. Enumerable.Range(0, ClassOf(Largest) + 1).Select(static _ => new ConcurrentBag<byte[]>())];
    private readonly ITimer _calm;
    private int _isArmed;
    private long _keptBytes;
    private long _held;
    private long _spilled;
    private long _peak;

    public SegmentPool(TimeProvider time) => _calm = time.CreateTimer(
        static state => ((SegmentPool)state!).AfterBurst(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Bytes that bodies hold at present.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Bytes that bodies hold in temporary files at present.</summary>
    public long Spilled => Interlocked.Read(ref _spilled);

    /// <summary>Takes room on disk; given back with <see cref="ReturnDisk"/>.</summary>
    public bool TryTakeDisk(long bytes, long budget)
    {
        if (Interlocked.Add(ref _spilled, bytes) <= budget)
        {
            return true;
        }

        ReturnDisk(bytes);
        return false;
    }

    public void ReturnDisk(long bytes) => Interlocked.Add(ref _spilled, -bytes);

    /// <summary>Rents a segment, or null when the budget does not allow it.</summary>
    /// <param name="expected">Bytes that are to come: it has room for all of them, or is <see cref="Largest"/>.</param>
    /// <param name="budget">The most bytes that all bodies may hold.</param>
    public byte[]? TryRent(long expected, long budget)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(expected, Smallest, Largest));
        long held = Interlocked.Add(ref _held, size);
        if (held > Math.Min(budget, _most))
        {
            Interlocked.Add(ref _held, -size);
            return null;
        }

        if (held > Volatile.Read(ref _peak))
        {
            // Racy on purpose: the peak only decides whether a collection is worth it.
            Volatile.Write(ref _peak, held);
        }

        if (size <= MostShared)
        {
            return ArrayPool<byte>.Shared.Rent(size);
        }

        if (_kept[ClassOf(size)].TryTake(out byte[]? segment))
        {
            Interlocked.Add(ref _keptBytes, -size);
            return segment;
        }

        // What is held grows; what other sizes have kept must not stand beside it.
        LetGo(size);
        return GC.AllocateUninitializedArray<byte>(size);
    }

    /// <summary>Gives a segment back. Nobody may use it any more.</summary>
    public void Return(byte[] segment)
    {
        int size = segment.Length;
        long held = Interlocked.Add(ref _held, -size);
        if (size <= MostShared)
        {
            ArrayPool<byte>.Shared.Return(segment);
        }
        else
        {
            Interlocked.Add(ref _keptBytes, size);
            _kept[ClassOf(size)].Add(segment);
        }

        if (held <= Rest && Volatile.Read(ref _peak) >= Burst && Interlocked.Exchange(ref _isArmed, 1) == 0)
        {
            _calm.Change(Calm, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _calm.Dispose();

    /// <summary>
    /// Gives a burst's memory back to the system. The collector would do it by and by, but only while there is work: an idle gateway would
    /// keep its largest size for ever. A pause of some milliseconds, only in calm after a burst.
    /// </summary>
    private void AfterBurst()
    {
        Volatile.Write(ref _isArmed, 0);
        if (Held <= Rest)
        {
            Volatile.Write(ref _peak, Held);
            LetGo(long.MaxValue);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    /// <summary>Leaves so much of what is kept to the collector, but for <see cref="MaxKept"/>.</summary>
    private void LetGo(long bytes)
    {
        for (int i = _kept.Length - 1; i >= 0; i--)
        {
            while (bytes > 0 && Interlocked.Read(ref _keptBytes) > MaxKept && _kept[i].TryTake(out byte[]? segment))
            {
                Interlocked.Add(ref _keptBytes, -segment.Length);
                bytes -= segment.Length;
            }
        }
    }

    private static int ClassOf(int size) => BitOperations.Log2((uint)size / MostShared) - 1;
}
