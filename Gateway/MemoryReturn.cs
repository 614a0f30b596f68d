namespace Gateway;

/// <summary>
/// Gives back to the system what traffic has needed, once there is none. The collector does that only while there is work: an idle gateway would keep its
/// largest size for ever. A pause of some milliseconds, when hardly anybody is there to feel it.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="logger">For bugs in the loop.</param>
/// <param name="allocated">Bytes that the process has allocated so far.</param>
/// <param name="giveBack">Collects all garbage and gives the memory back; false when there is too much of it to be moved at once, and the next look should try again.</param>
internal sealed class MemoryReturn(TimeProvider time, ILogger<MemoryReturn> logger, Func<long> allocated, Func<bool> giveBack) : BackgroundLoop(time, logger)
{
    /// <summary>How often is looked; two looks in a row must find calm.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Bytes between two looks that probes, scrapes and idle connections stay below, and a few requests a second do not.</summary>
    public const long Calm = 1 << 20;

    /// <summary>Bytes allocated since the last time: less has not made the heap grow.</summary>
    public const long WorthIt = 64 << 20;

    /// <summary>Looks after which a heap is what it is.</summary>
    public const int MaxTries = 3;

    /// <summary>Bytes of a heap that takes too long to be moved: a large cache is in it.</summary>
    private const long TooLarge = 256 << 20;

    private readonly TimeProvider _time = time;

    public MemoryReturn(TimeProvider time, ILogger<MemoryReturn> logger)
        : this(time, logger, static () => GC.GetTotalAllocatedBytes(), GiveBack)
    {
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        long last = allocated();
        long returned = last;
        bool wasCalm = false;
        int tries = 0;
        while (await timer.WaitForNextTickAsync(stopping))
        {
            long now = allocated();
            bool isCalm = now - last < Calm;
            if (isCalm && wasCalm && now - returned >= WorthIt && (giveBack() || ++tries == MaxTries))
            {
                (returned, tries) = (now, 0);
            }

            (last, wasCalm) = (now, isCalm);
        }
    }

    private static bool GiveBack()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) >= TooLarge)
        {
            // Most of it may be garbage. That is found out beside whoever comes meanwhile; what is left is seen at the next look.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
            return false;
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return true;
    }
}
