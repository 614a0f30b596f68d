using System.Threading.Channels;
using Gateway.Configuration;
using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>
/// The one connection to Redis, made and watched in the background: nobody waits for it longer than <see cref="Limit"/>, and nobody waits at
/// all while it is out. The first call that finds something wrong has it probed; the probe alone decides, by a write, whether it is used.
/// </summary>
internal sealed partial class RedisConnection : BackgroundLoop
{
    /// <summary>The most that a request waits for Redis.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(50);

    /// <summary>A Redis that is silent for this long is out: with the call that suspected it, within a second.</summary>
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>A write, because a full or read-only Redis answers everything else; a script, so that the first request does not meet a cold path.</summary>
    private static readonly RedisScript Probe = new("redis.call('SET', KEYS[1], ARGV[1], 'EX', 10) return 1");

    private readonly ConfigurationOptions? _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisConnection> _logger;

    /// <summary>Room for one suspicion: whoever finds it full is heard with that one.</summary>
    private readonly Channel<string> _suspicions = Channel.CreateBounded<string>(1);

    private ConnectionMultiplexer? _multiplexer;
    private volatile IDatabase? _database;
    private volatile bool _isAvailable;

    /// <summary>A call found something wrong and the probe is not over. A request calls several times, and may wait once.</summary>
    private volatile bool _isSuspect;

    private long _failures;

    public RedisConnection(OptionsSnapshot options, TimeProvider time, ILogger<RedisConnection> logger)
        : base(time, logger)
    {
        (_time, _logger) = (time, logger);
        _settings = options.Current.RedisUrl.Length == 0 ? null : RedisAddress.Parse(options.Current.RedisUrl);
    }

    /// <summary>Raised after <see cref="IsAvailable"/> changed.</summary>
    public event Action? AvailabilityChanged;

    public bool IsConfigured => _settings is not null;

    /// <summary>It is used: it answered when it was last asked.</summary>
    public bool IsAvailable => _isAvailable;

    /// <summary>Calls since the start that went on without it: it was out, late, or refused.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Asks Redis. Not ok when it is out, late, or refuses: then nothing is known of what it did.</summary>
    public async ValueTask<(bool Ok, T? Value)> TryAsync<T>(Func<IDatabase, Task<T>> call)
    {
        if (!_isAvailable || _isSuspect || _database is not { } database)
        {
            return WithoutIt<T>();
        }

        string problem;
        Task<T>? asked = null;
        try
        {
            asked = call(database);
            return (true, await asked.WaitAsync(Limit, _time));
        }
        catch (RedisServerException e) when (IsAboutOneKey(e))
        {
            return WithoutIt<T>();
        }
        catch (Exception e) when (IsExpected(e))
        {
            problem = ProblemOf(e);
        }

        Forget(asked);
        _isSuspect = true;
        _suspicions.Writer.TryWrite(problem);
        return WithoutIt<T>();
    }

    /// <summary>Runs a script, as above.</summary>
    public async ValueTask<(bool Ok, RedisResult? Value)> TryRunAsync(RedisScript script, RedisKey[] keys, RedisValue[] values)
    {
        return await TryAsync(database => RunAsync(database, script, keys, values));
    }

    /// <summary>Keys of the server that begin so; for clearing, never for a request.</summary>
    public IEnumerable<RedisKey> KeysLike(string beginning)
    {
        if (!_isAvailable || _multiplexer is not { } multiplexer)
        {
            return [];
        }

        IServer server = multiplexer.GetServer(multiplexer.GetEndPoints()[0]);
        return server.Keys(_settings!.DefaultDatabase ?? 0, $"{beginning}*", pageSize: 1000);
    }

    public override void Dispose()
    {
        _multiplexer?.Dispose();
        base.Dispose();
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        if (_settings is null)
        {
            return;
        }

        await Task.Yield();
        long since = _time.GetTimestamp();
        string? told = null;
        while (!stopping.IsCancellationRequested)
        {
            string? problem = await ProbeAsync();
            if (problem is null != _isAvailable || (problem is not null && told is null))
            {
                Change(problem, _time.GetElapsedTime(since));
                (since, told) = (_time.GetTimestamp(), problem);
            }

            _isSuspect = false;
            if (problem is null)
            {
                told = null;
                await _suspicions.Reader.ReadAsync(stopping);
            }
            else
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(500, 1500)), _time, stopping);
                _suspicions.Reader.TryRead(out _);
            }
        }
    }

    private (bool Ok, T? Value) WithoutIt<T>()
    {
        if (IsConfigured)
        {
            Interlocked.Increment(ref _failures);
        }

        return (false, default);
    }

    private void Change(string? problem, TimeSpan after)
    {
        _isAvailable = problem is null;
        if (problem is null)
        {
            Log.Used(_logger, (long)after.TotalSeconds);
        }
        else
        {
            Log.NotUsed(_logger, problem);
        }

        AvailabilityChanged?.Invoke();
    }

    private static async Task<RedisResult> RunAsync(IDatabase database, RedisScript script, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            return await database.ScriptEvaluateAsync(script.Hash, keys, values);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // Restarted, or its scripts were flushed.
            return await database.ScriptEvaluateAsync(script.Text, keys, values);
        }
    }

    /// <summary>What is wrong with it; null when it is well.</summary>
    private async Task<string?> ProbeAsync()
    {
        Task? asked = null;
        try
        {
            if (_multiplexer is null)
            {
                _multiplexer = await ConnectionMultiplexer.ConnectAsync(_settings);

                // In order, every answer would wait until the request that the one before it woke has paused.
                _multiplexer.PreserveAsyncOrder = false;
                _database = _multiplexer.GetDatabase();
            }

            asked = RunAsync(_database!, Probe, ["gateway:probe"], [1]);
            await asked.WaitAsync(ProbeLimit, _time);
            return null;
        }
        catch (Exception e) when (IsExpected(e))
        {
            Forget(asked);
            return ProblemOf(e);
        }
    }

    /// <summary>Its answer comes after we stopped waiting, or never.</summary>
    private static void Forget(Task? late) => _ = late?.ContinueWith(
        static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static bool IsExpected(Exception e) =>
        e is RedisException or TimeoutException or OperationCanceledException or ObjectDisposedException or IOException or System.Net.Sockets.SocketException;

    /// <summary>Somebody keeps something else under that name: no fault of the server.</summary>
    private static bool IsAboutOneKey(RedisServerException e) => e.Message.Contains("WRONGTYPE", StringComparison.Ordinal);

    /// <summary>In words that hold no address, key or password.</summary>
    private static string ProblemOf(Exception e) => e switch
    {
        RedisServerException => $"it refuses ({FirstWord(e.Message)})",
        TimeoutException => "it does not answer in time",
        _ => "it cannot be reached",
    };

    private static string FirstWord(string message) =>
        message.AsSpan(0, Math.Min(message.Length, 24)) is var start && start.IndexOf(' ') is > 0 and var end ? start[..end].ToString() : "error";

    private static partial class Log
    {
        [LoggerMessage(1200, LogLevel.Information, "Redis is in use, {Seconds} s after it was not")]
        public static partial void Used(ILogger logger, long seconds);

        [LoggerMessage(1201, LogLevel.Warning, "Redis is not in use: {Problem}. Limits are kept by this process alone; the cache misses")]
        public static partial void NotUsed(ILogger logger, string problem);
    }
}
