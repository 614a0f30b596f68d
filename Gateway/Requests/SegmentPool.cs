using System.Buffers;
using System.Collections.Concurrent;

namespace Gateway.Requests;

/// <summary>
/// The memory of request bodies: a budget for the whole gateway, and a pool that keeps what a burst needs, until it is over. Left to the collector, the
/// bodies of a burst that are done would stand beside those that are not, and memory would reach a multiple of the budget. The shared array
/// pool would keep them until enough full collections have passed, and an idle gateway has none.
/// </summary>
internal sealed class SegmentPool : IDisposable
{
    /// <summary>Bytes of a large segment: just below the large object heap, which only full collections clean.</summary>
    public const int LargeSegment = 64 * 1024;

    /// <summary>Bytes of a small segment, enough for most requests.</summary>
    public const int SmallSegment = 4 * 1024;

    /// <summary>Large segments kept after a burst: 8 MiB. Until then all are, which is never more than were held at once.</summary>
    private const int MaxKept = 128;

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

    private readonly ConcurrentBag<byte[]> _kept = [];
    private readonly ITimer _calm;
    private int _isArmed;
    private int _keptCount;
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
    /// <param name="isLarge">Which size.</param>
    /// <param name="budget">The most bytes that all bodies may hold.</param>
    public byte[]? TryRent(bool isLarge, long budget)
    {
        int size = isLarge ? LargeSegment : SmallSegment;
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

        if (!isLarge)
        {
            return ArrayPool<byte>.Shared.Rent(size);
        }

        if (!_kept.TryTake(out byte[]? segment))
        {
            return GC.AllocateUninitializedArray<byte>(size);
        }

        Interlocked.Decrement(ref _keptCount);
        return segment;
    }

    /// <summary>Gives a segment back. Nobody may use it any more.</summary>
    public void Return(byte[] segment)
    {
        bool isLarge = segment.Length >= LargeSegment;
        long held = Interlocked.Add(ref _held, -(isLarge ? LargeSegment : SmallSegment));
        if (!isLarge)
        {
            ArrayPool<byte>.Shared.Return(segment);
        }
        else
        {
            Interlocked.Increment(ref _keptCount);
            _kept.Add(segment);
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
            while (Volatile.Read(ref _keptCount) > MaxKept && _kept.TryTake(out _))
            {
                Interlocked.Decrement(ref _keptCount);
            }

            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }
}
