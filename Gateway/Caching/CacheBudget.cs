using Gateway.Configuration;

namespace Gateway.Caching;

/// <summary>The memory of the cache: answers that are kept, and those that are just being fetched or read. A reload may shrink it.</summary>
internal sealed class CacheBudget
{
    /// <summary>One answer may take this share of it.</summary>
    private const int LargestShare = 4;

    private long _limit;
    private long _held;

    public CacheBudget(OptionsSnapshot options)
    {
        Apply(options.Current);
        options.Changed += Apply;
    }

    /// <summary>Raised when more is held than may be: whoever can let go of something, should.</summary>
    public event Action? Overdrawn;

    public long Held => Interlocked.Read(ref _held);

    /// <summary>Bytes of the largest answer that is kept.</summary>
    public long Largest => Volatile.Read(ref _limit) / LargestShare;

    public bool IsOverdrawn => Held > Volatile.Read(ref _limit);

    /// <summary>False, and nothing taken, when there is no room and none could be made.</summary>
    public bool TryTake(long bytes)
    {
        Interlocked.Add(ref _held, bytes);
        if (!IsOverdrawn)
        {
            return true;
        }

        Overdrawn?.Invoke();
        if (!IsOverdrawn)
        {
            return true;
        }

        Return(bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _held, -bytes);

    private void Apply(GatewayOptions options)
    {
        Volatile.Write(ref _limit, options.Cache.Enabled ? (long)options.Cache.MaxSizeMb << 20 : 0);
        if (IsOverdrawn)
        {
            Overdrawn?.Invoke();
        }
    }
}
