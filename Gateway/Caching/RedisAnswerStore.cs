using Gateway.Redis;
using StackExchange.Redis;

namespace Gateway.Caching;

/// <summary>
/// Answers that all gateways on one Redis share. There is none in memory in front of it: clearing must reach every process at once. While Redis is
/// out, everything is a miss.
/// </summary>
internal sealed partial class RedisAnswerStore(RedisConnection redis, TimeProvider time, ILogger<RedisAnswerStore> logger) : IAnswerStore
{
    /// <summary>The beginning of every key.</summary>
    public const string Prefix = "gateway:cache:";

    /// <summary>
    /// Of a sealed answer. A longer one could not be fetched in the time a request waits for Redis, and would hold up everybody else's calls on the
    /// one connection meanwhile.
    /// </summary>
    public const int MaxBytes = 1 << 20;

    private const int ClearBatch = 500;

    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    /// <summary>Counting walks all keys of Redis, for a number that people glance at.</summary>
    private static readonly TimeSpan CountLife = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private Task<long>? _count;
    private long _countedAt;
    private long _toldAt = long.MinValue;

    public async ValueTask<CachedAnswer?> FindAsync(CacheKey key)
    {
        // A part of it, so that a huge value of somebody else's is not fetched to be thrown away.
        (bool ok, RedisValue value) = await redis.TryAsync(database => database.StringGetRangeAsync(NameOf(key), 0, MaxBytes));
        if (!ok || value.IsNullOrEmpty)
        {
            return null;
        }

        byte[] bytes = value!;
        if (bytes.Length <= MaxBytes && SealedAnswer.Open(key, bytes) is { } answer)
        {
            return answer;
        }

        Tell(bytes.Length);
        return null;
    }

    public async ValueTask StoreAsync(CacheKey key, CachedAnswer answer, TimeSpan ttl)
    {
        byte[] bytes = SealedAnswer.Seal(key, answer);
        if (bytes.Length <= MaxBytes)
        {
            await redis.TryAsync(database => database.StringSetAsync(NameOf(key), bytes, ttl));
        }
    }

    public async Task<bool> RemoveAsync(CacheKey key) => await redis.TryAsync(database => database.KeyDeleteAsync(NameOf(key))) is (true, true);

    public async Task<long?> ClearAsync(uint? model)
    {
        string beginning = model is { } prefix ? $"{Prefix}{prefix:x8}" : Prefix;
        if (await WalkAsync(beginning, static names => names.ToArray()) is not (true, { } all))
        {
            return null;
        }

        bool isDone = true;
        long removed = 0;
        foreach (RedisKey[] names in all.Chunk(ClearBatch))
        {
            (bool ok, long deleted) = await redis.TryAsync(database => database.KeyDeleteAsync(names));
            isDone &= ok;
            removed += deleted;
        }

        lock (_lock)
        {
            _count = null;
        }

        return isDone ? removed : null;
    }

    /// <summary>As it was half a minute ago at most: one walk serves all who ask meanwhile. 0 while Redis is out.</summary>
    public Task<long> CountAsync()
    {
        lock (_lock)
        {
            if (!redis.IsAvailable)
            {
                _count = null;
                return Task.FromResult(0L);
            }

            if (_count is null || time.GetElapsedTime(_countedAt) >= CountLife)
            {
                _countedAt = time.GetTimestamp();
                _count = CountNowAsync();
            }

            return _count;
        }
    }

    private async Task<long> CountNowAsync() => (await WalkAsync(Prefix, static names => names.LongCount())).Result;

    /// <summary>Not ok while Redis is out.</summary>
    private async Task<(bool Ok, T? Result)> WalkAsync<T>(string beginning, Func<IEnumerable<RedisKey>, T> walk)
    {
        try
        {
            // The client walks the keys in a blocking way.
            return redis.IsAvailable ? (true, await Task.Run(() => walk(redis.KeysLike(beginning)))) : default;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return default;
        }
    }

    /// <summary>Hashed once more, so that what stands in Redis does not give away what opens its value.</summary>
    private static RedisKey NameOf(CacheKey key)
    {
        Span<byte> hash = stackalloc byte[CacheKey.Bytes];
        key.Derive("name"u8, hash);
        return $"{Prefix}{key.Model:x8}{Convert.ToHexStringLower(hash)}";
    }

    private void Tell(int length)
    {
        long told = Volatile.Read(ref _toldAt);
        long now = time.GetTimestamp();
        if ((told == long.MinValue || time.GetElapsedTime(told, now) >= LogInterval) && Interlocked.CompareExchange(ref _toldAt, now, told) == told)
        {
            Log.Unreadable(logger, length);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3100, LogLevel.Warning,
            "A cached answer in Redis cannot be read ({Bytes} bytes): damaged, of another version, or somebody else's. It counts as a miss; told once a minute")]
        public static partial void Unreadable(ILogger logger, int bytes);
    }
}
