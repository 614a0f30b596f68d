using Gateway.Redis;
using StackExchange.Redis;

namespace Gateway.Recording.Usage;

/// <summary>Tells the other gateways on Redis what this one has done: every few seconds, and at the end.</summary>
internal sealed class UsageSharing(RedisConnection redis, UsageHistory history, TimeProvider time, ILogger<UsageSharing> logger)
    : BackgroundLoop(time, logger), IHostedLifecycleService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Between two times that everything is told, 1 MiB at most: a Redis that is full, or was flushed, forgets without a word.</summary>
    public static readonly TimeSpan WholeInterval = TimeSpan.FromMinutes(5);

    private static readonly RedisScript Write = new("""
        for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
        redis.call('EXPIRE', KEYS[1], ARGV[1])
        return 1
        """);

    private readonly TimeProvider _time = time;

    /// <summary>What the history began with; null once it is known whether others were told more.</summary>
    private Dictionary<(UsageResolution Resolution, long Slot), byte[]>? _saved = [];

    private volatile bool _hasAll;

    private long _wholeSince;

    /// <summary>What one has told must not look to another like something to recall.</summary>
    private readonly SemaphoreSlim _oneAtATime = new(1);

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // It may have lost everything while it was away.
        redis.AvailabilityChanged += () => _hasAll = false;
        _saved = redis.IsConfigured
            ? UsageResolution.All.SelectMany(resolution => history.From(resolution, 0).Select(entry => (Key: (resolution, entry.Slot), entry.Sums)))
                .ToDictionary(static entry => entry.Key, static entry => entry.Sums)
            : null;
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The last request is over by now.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) => ShareAsync();

    /// <summary>Tells what has changed since it was last told; what does not arrive is told the next time.</summary>
    public async Task ShareAsync()
    {
        await _oneAtATime.WaitAsync();
        try
        {
            await TellAsync();
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public override void Dispose()
    {
        _oneAtATime.Dispose();
        base.Dispose();
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        if (!redis.IsConfigured)
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval, _time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            await ShareAsync();
        }
    }

    private async Task TellAsync()
    {
        if (!redis.IsAvailable || (_saved is { } saved && !await TryRecallAsync(saved)))
        {
            return;
        }

        _saved = null;
        if (!_hasAll || _time.GetElapsedTime(_wholeSince) >= WholeInterval)
        {
            _hasAll = true;
            _wholeSince = _time.GetTimestamp();
            history.MarkAllUnshared();
        }

        bool isOut = false;
        foreach (UsageResolution resolution in UsageResolution.All)
        {
            DateTimeOffset now = _time.GetUtcNow();
            IReadOnlyList<(long Slot, byte[] Sums)> changed = history.TakeUnshared(resolution, resolution.Oldest(now));
            foreach (IGrouping<long, (long Slot, byte[] Sums)> block in changed.GroupBy(entry => UsageBlock.Of(resolution, entry.Slot)))
            {
                RedisValue[] values =
                [
                    UsageBlock.Lifetime(resolution, block.Key, now),
                    .. block.SelectMany(entry => new[] { UsageBlock.Field(history.Id, entry.Slot), (RedisValue)entry.Sums }),
                ];
                if (isOut || !(await redis.TryRunAsync(Write, [UsageBlock.Key(resolution, block.Key)], values)).Ok)
                {
                    // One wait is enough to know: the others are told the next time.
                    isOut = true;
                    Mark(resolution, block);
                }
            }
        }
    }

    /// <summary>
    /// A gateway that was killed may have told others more than its file knows. It must know that before it writes its own fields again.
    /// </summary>
    private async Task<bool> TryRecallAsync(Dictionary<(UsageResolution Resolution, long Slot), byte[]> saved)
    {
        List<(UsageResolution Resolution, long Slot, byte[] Sums)> told = [];
        foreach (UsageResolution resolution in UsageResolution.All)
        {
            DateTimeOffset now = _time.GetUtcNow();
            for (long block = UsageBlock.Of(resolution, resolution.Oldest(now)); block <= UsageBlock.Of(resolution, resolution.SlotOf(now)); block++)
            {
                long first = block * resolution.BlockSlots;
                RedisValue[] fields = [.. Enumerable.Range(0, resolution.BlockSlots).Select(i => UsageBlock.Field(history.Id, first + i))];
                RedisKey key = UsageBlock.Key(resolution, block);
                (bool ok, RedisValue[]? found) = await redis.TryAsync(database => database.HashGetAsync(key, fields));
                if (!ok)
                {
                    return false;
                }

                for (int i = 0; i < found!.Length; i++)
                {
                    if (!found[i].IsNull && first + i >= resolution.Oldest(now))
                    {
                        told.Add((resolution, first + i, (byte[])found[i]!));
                    }
                }
            }
        }

        // All or nothing: what is taken over twice would count twice.
        foreach ((UsageResolution resolution, long slot, byte[] sums) in told)
        {
            UsageSlot before = new();
            UsageSlot later = new();
            before.TryAdd(saved.GetValueOrDefault((resolution, slot)));
            later.TryAdd(sums);
            history.Recall(resolution, slot, later, before);
        }

        return true;
    }

    private void Mark(UsageResolution resolution, IEnumerable<(long Slot, byte[] Sums)> entries)
    {
        foreach ((long slot, _) in entries)
        {
            history.MarkUnshared(resolution, slot);
        }
    }
}
