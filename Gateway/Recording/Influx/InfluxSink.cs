using Gateway.Configuration;
using Gateway.Recording.Metrics;
using Polly;
using Polly.Retry;

namespace Gateway.Recording.Influx;

/// <summary>
/// One point per request to InfluxDB, in batches and in the background. What is waiting is bounded: when it is full, the oldest goes. At any quiet
/// moment <see cref="Produced"/> = <see cref="Delivered"/> + <see cref="Dropped"/> + what waits; after the end, it waits in files for the next start.
/// </summary>
internal sealed partial class InfluxSink : BackgroundLoop, IHostedLifecycleService, IAccessSink
{
    /// <summary>Points that may wait in full batches, of some 20 MB together, however long their names are. One batch more is being filled, and one is being sent.</summary>
    public const int MaxWaiting = 20_000;

    /// <summary>Points of one batch.</summary>
    public const int MaxBatch = 5_000;

    /// <summary>One bad line has its whole batch refused, and is alone after 13 halvings; this many are made for all bad lines of a batch.</summary>
    private const int MaxHalvings = 32;

    private const string Stops = "the gateway stops";

    /// <summary>A point waits so long for others.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    /// <summary>At the end, a server that takes nothing is given up after this long.</summary>
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(1.5);

    private readonly PointFiles _files;
    private readonly PointQueue _waiting;
    private readonly InfluxWriter _writer;
    private readonly ResiliencePipeline<WriteEnd> _retrying;
    private readonly OptionsSnapshot _options;
    private readonly TimeProvider _time;
    private readonly ILogger<InfluxSink> _logger;
    private long _produced;
    private long _delivered;
    private long _dropped;
    private (int Points, string Reason) _left;

    /// <summary>What the log was told to be wrong; null while all is well.</summary>
    private string? _trouble;

    private CancellationTokenSource? _last;
    private volatile bool _isDisposed;

    public InfluxSink(OptionsSnapshot options, ModelLabel models, PointFiles files, TimeProvider time, ILogger<InfluxSink> logger)
        : base(time, logger)
    {
        (_options, _files, _time, _logger) = (options, files, time, logger);
        _waiting = new PointQueue(
            MaxWaiting / MaxBatch, record => models.Of(record.Model, isServed: false), files, points => Interlocked.Add(ref _dropped, points));
        _writer = new InfluxWriter(options, time);
        _retrying = new ResiliencePipelineBuilder<WriteEnd> { TimeProvider = time }.AddRetry(Retries()).Build();
    }

    /// <summary>Points that were to be written since the start, those of an earlier run with them.</summary>
    public long Produced => Interlocked.Read(ref _produced) + _files.Found;

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

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (_options.Current.InfluxdbUrl.Length > 0)
        {
            _waiting.Open();
        }

        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Too early: requests are just ending.</summary>
    public override Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>With a limit of its own: the host's time may have been used up by a caller that does not read, who is not to cost us points.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(CancellationToken.None);

        // Stopped before it had begun: what nobody will write any more is told, and counted.
        _waiting.Close();
        while (_waiting.Take() is { } rest)
        {
            int left = rest.IsKept ? rest.Count : 0;
            Tell(rest.Count - left, left, Stops);
            End(rest, stored: 0, left, Stops);
        }

        _files.Dispose();
        if (_left.Points > 0)
        {
            Log.Left(_logger, _left.Points, _left.Reason, _files.Folder);
        }
    }

    /// <summary>Without a stop before it, as when the program could not start: what is in the files stays there.</summary>
    public override void Dispose()
    {
        _isDisposed = true;
        _waiting.Close();
        base.Dispose();
        _writer.Dispose();
        _last?.Dispose();
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await _waiting.WaitAsync(Linger, _time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            do
            {
                if (_waiting.Take() is { } batch)
                {
                    await SendAsync(batch, stopping);
                }
            }
            while (_waiting.HasFull);
        }

        _waiting.Close();
        while (_waiting.Take() is { } rest)
        {
            await SendAsync(rest, stopping);
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
            if (IsNews(retry.Outcome.Result.Reason))
            {
                Log.Troubled(_logger, retry.Outcome.Result.Reason, MaxWaiting);
            }

            return ValueTask.CompletedTask;
        },
    };

    /// <summary>One batch, until it is stored, refused, or nobody waits any more. Whatever happens, it is counted.</summary>
    private async Task SendAsync(PointBatch batch, CancellationToken stopping)
    {
        (int stored, int left) = (0, 0);
        string problem = "";
        try
        {
            int halvings = MaxHalvings;
            var parts = new Stack<PointLines>([batch.Lines]);
            while (parts.TryPop(out PointLines part))
            {
                WriteEnd end = await WriteAsync(InfluxWriter.Pack(part.Bytes.Span), stopping);
                if (end.Verdict == WriteVerdict.Stored)
                {
                    stored += part.Count;
                }
                else if (end.Verdict == WriteVerdict.Refused && part.Count > 1 && halvings-- > 0)
                {
                    (PointLines first, PointLines rest) = part.Halve();
                    parts.Push(rest);
                    parts.Push(first);
                }
                else
                {
                    problem = end.Reason;
                    left += end.Verdict == WriteVerdict.Stopped && batch.IsKept ? part.Count : 0;
                }
            }

            Tell(batch.Count - stored - left, left, problem);
        }
        finally
        {
            End(batch, stored, left, problem);
        }
    }

    /// <summary>Of what is left, the next start sends all of its batch: what is stored again is the same points.</summary>
    private void End(PointBatch batch, int stored, int left, string problem)
    {
        int lost = batch.Count - stored - left;
        if (left == 0)
        {
            _waiting.GiveBack(batch);
        }
        else
        {
            _left = (_left.Points + left, problem);
        }

        Interlocked.Add(ref _delivered, stored);
        Interlocked.Add(ref _dropped, lost);
    }

    private void Tell(int lost, int left, string problem)
    {
        if (lost > 0 && IsNews(problem))
        {
            Log.Lost(_logger, lost, problem);
        }
        else if (lost + left == 0 && _trouble is not null)
        {
            _trouble = null;
            Log.Recovered(_logger, Dropped);
        }
    }

    /// <summary>A trouble that lasts is told once.</summary>
    private bool IsNews(string problem)
    {
        bool isNews = problem != _trouble;
        _trouble = problem;
        return isNews;
    }

    private async ValueTask<WriteEnd> WriteAsync(byte[] packed, CancellationToken stopping)
    {
        try
        {
            return await _retrying.ExecuteAsync(
                static (state, token) => state._writer.WriteAsync(state._packed, token), (_writer, _packed: packed), stopping);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return _isDisposed ? new WriteEnd(WriteVerdict.Stopped, Stops) : await LastTryAsync(packed);
        }
    }

    /// <summary>We are told to stop: what is still there gets one try, all together for as long as <see cref="LastFlush"/>.</summary>
    private async ValueTask<WriteEnd> LastTryAsync(byte[] packed)
    {
        _last ??= new CancellationTokenSource(LastFlush, _time);
        try
        {
            WriteEnd end = await _writer.WriteAsync(packed, _last.Token);
            return end.Verdict == WriteVerdict.TryAgain ? end with { Verdict = WriteVerdict.Stopped, Reason = $"{end.Reason}, and {Stops}" } : end;
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return new WriteEnd(WriteVerdict.Stopped, Stops);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2300, LogLevel.Warning, "InfluxDB does not take points ({Reason}). Up to {MaxWaiting} wait for it; then the oldest are dropped.")]
        public static partial void Troubled(ILogger logger, string reason, int maxWaiting);

        [LoggerMessage(2301, LogLevel.Information, "InfluxDB takes points again; {Dropped} were dropped since the start.")]
        public static partial void Recovered(ILogger logger, long dropped);

        [LoggerMessage(2302, LogLevel.Warning, "InfluxDB has not stored {Count} points ({Reason}): they are lost.")]
        public static partial void Lost(ILogger logger, int count, string reason);

        [LoggerMessage(2306, LogLevel.Warning, "InfluxDB has not stored {Count} points ({Reason}): they wait in {Folder} for the next start.")]
        public static partial void Left(ILogger logger, int count, string reason, string folder);
    }
}
