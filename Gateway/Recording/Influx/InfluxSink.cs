using Gateway.Configuration;
using Gateway.Recording.Metrics;
using Polly;
using Polly.Retry;

namespace Gateway.Recording.Influx;

/// <summary>
/// One point per request to InfluxDB, in batches and in the background. What is waiting is bounded: when it is full, the oldest goes. At any quiet
/// moment <see cref="Produced"/> = <see cref="Delivered"/> + <see cref="Dropped"/> + what waits.
/// </summary>
internal sealed partial class InfluxSink : BackgroundService, IHostedLifecycleService, IAccessSink
{
    /// <summary>Points that may wait in full batches, of some 20 MB together, however long their names are. One batch more is being filled, and one is being sent.</summary>
    public const int MaxWaiting = 20_000;

    /// <summary>Points of one batch.</summary>
    public const int MaxBatch = 5_000;

    /// <summary>A point waits so long for others.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    /// <summary>At the end, a server that takes nothing is given up after this long.</summary>
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(1.5);

    private readonly PointQueue _waiting;
    private readonly InfluxWriter _writer;
    private readonly ResiliencePipeline<WriteEnd> _retrying;
    private readonly OptionsSnapshot _options;
    private readonly TimeProvider _time;
    private readonly ILogger<InfluxSink> _logger;
    private long _produced;
    private long _delivered;
    private long _dropped;
    private bool _isTroubled;
    private CancellationTokenSource? _last;

    public InfluxSink(OptionsSnapshot options, ModelLabel models, TimeProvider time, ILogger<InfluxSink> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _waiting = new PointQueue(
            MaxBatch, MaxWaiting / MaxBatch, record => models.Of(record.Model, isServed: false), points => Interlocked.Add(ref _dropped, points));
        _writer = new InfluxWriter(options, time);
        _retrying = new ResiliencePipelineBuilder<WriteEnd> { TimeProvider = time }.AddRetry(Retries()).Build();
    }

    /// <summary>Points that were to be written since the start.</summary>
    public long Produced => Interlocked.Read(ref _produced);

    /// <summary>Points that the server has stored.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>Points that were lost: there was no room, or the server refused them.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Write(AccessRecord record)
    {
        if (_options.Current.InfluxdbUrl.Length == 0)
        {
            return;
        }

        Interlocked.Increment(ref _produced);
        if (!_waiting.TryAdd(record))
        {
            // We have stopped.
            Interlocked.Increment(ref _dropped);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Too early: requests are just ending.</summary>
    public override Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // Stopped before it had begun, or out of time: what nobody will write any more is lost, and counted.
        _waiting.Close();
        while (_waiting.Take() is { } lost)
        {
            Interlocked.Add(ref _dropped, lost.Count);
        }
    }

    public override void Dispose()
    {
        _writer.Dispose();
        _last?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await _waiting.WaitAsync(Linger, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            do
            {
                if (_waiting.Take() is { } batch)
                {
                    await SendAsync(batch, stoppingToken);
                    _waiting.GiveBack(batch);
                }
            }
            while (_waiting.HasFull);
        }

        _waiting.Close();
        while (_waiting.Take() is { } rest)
        {
            await SendAsync(rest, stoppingToken);
        }
    }

    private RetryStrategyOptions<WriteEnd> Retries() => new()
    {
        ShouldHandle = static retry => ValueTask.FromResult(retry.Outcome.Result.Verdict == WriteVerdict.TryAgain),
        MaxRetryAttempts = int.MaxValue,
        Delay = TimeSpan.FromMilliseconds(500),
        MaxDelay = TimeSpan.FromSeconds(30),
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        DelayGenerator = static retry => ValueTask.FromResult(
            retry.Outcome.Result.RetryAfter is { } after && after > TimeSpan.Zero ? (TimeSpan?)TimeSpan.FromTicks(Math.Min(after.Ticks, TimeSpan.TicksPerMinute)) : null),
        OnRetry = retry =>
        {
            Trouble(retry.Outcome.Result.Reason);
            return ValueTask.CompletedTask;
        },
    };

    /// <summary>One batch, until it is stored, refused, or nobody waits any more. Whatever happens, it is counted.</summary>
    private async Task SendAsync(PointBatch batch, CancellationToken stopping)
    {
        WriteEnd end = await WriteAsync(InfluxWriter.Pack(batch.Lines), stopping);
        if (end.Verdict != WriteVerdict.Stored)
        {
            Interlocked.Add(ref _dropped, batch.Count);
            Trouble(end.Reason);
            return;
        }

        Interlocked.Add(ref _delivered, batch.Count);
        if (_isTroubled)
        {
            _isTroubled = false;
            Log.Recovered(_logger, Dropped);
        }
    }

    private async ValueTask<WriteEnd> WriteAsync(byte[] packed, CancellationToken stopping)
    {
        try
        {
            return await _retrying.ExecuteAsync(
                static (state, token) => state._writer.WriteAsync(state._packed, token), (_writer, _packed: packed), stopping);
        }
        catch (OperationCanceledException)
        {
            return await LastTryAsync(packed);
        }
    }

    /// <summary>We are told to stop: what is still there gets one try, all together for as long as <see cref="LastFlush"/>.</summary>
    private async ValueTask<WriteEnd> LastTryAsync(byte[] packed)
    {
        _last ??= new CancellationTokenSource(LastFlush, _time);
        try
        {
            return await _writer.WriteAsync(packed, _last.Token);
        }
        catch (OperationCanceledException)
        {
            return new WriteEnd(WriteVerdict.Refused, "stopping");
        }
    }

    private void Trouble(string reason)
    {
        if (!_isTroubled)
        {
            _isTroubled = true;
            Log.Troubled(_logger, reason, MaxWaiting);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2300, LogLevel.Warning, "InfluxDB does not take points ({Reason}). Up to {MaxWaiting} wait for it; then the oldest are dropped.")]
        public static partial void Troubled(ILogger logger, string reason, int maxWaiting);

        [LoggerMessage(2301, LogLevel.Information, "InfluxDB takes points again; {Dropped} were dropped since the start.")]
        public static partial void Recovered(ILogger logger, long dropped);
    }
}
