using Gateway.Configuration;

namespace Gateway.Recording.Usage;

/// <summary>
/// Keeps the usage over restarts: reads it before anything is served, writes it every minute and at the end. Whatever is wrong with the file,
/// the gateway starts and counts in memory.
/// </summary>
internal sealed partial class UsageFile : BackgroundLoop, IHostedLifecycleService
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Far above what the largest configuration leaves.</summary>
    private const long MaxLength = 256 << 20;

    private readonly UsageHistory _history;
    private readonly StateClaim _claim;
    private readonly TimeProvider _time;
    private readonly ILogger<UsageFile> _logger;
    private readonly string _path;
    private long _savedChanges;
    private bool _isOurs;
    private bool _isFailing;

    public UsageFile(UsageHistory history, StateClaim claim, TimeProvider time, ILogger<UsageFile> logger)
        : base(time, logger) => (_history, _claim, _path, _time, _logger) = (history, claim, claim.Path, time, logger);

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (_path.Length > 0)
        {
            Open();
        }

        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The last request is over by now.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        Save();
        return Task.CompletedTask;
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        if (!_isOurs)
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval, _time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            Save();
        }
    }

    private void Open()
    {
        try
        {
            _claim.Take();
            _isOurs = true;
            if (!File.Exists(_path))
            {
                return;
            }

            // What is too long is not read at all: it is as broken as anything that is not ours.
            byte[] file = new FileInfo(_path).Length > MaxLength ? [] : File.ReadAllBytes(_path);
            if (!UsageState.TryDecode(file, _history, _time.GetUtcNow()))
            {
                string aside = _path + ".broken";
                RegularFile.Demand(aside);
                File.Move(_path, aside, overwrite: true);
                Log.Broken(_logger, _path, aside);
            }

            _savedChanges = _history.Changes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _isOurs = false;
            Log.NotKept(_logger, _path, e.Message);
        }
    }

    /// <summary>Whole or not at all: beside the old one first, then in its place.</summary>
    private void Save()
    {
        long changes = _history.Changes;
        if (!_isOurs || changes == _savedChanges)
        {
            return;
        }

        try
        {
            string fresh = _path + ".new";
            RegularFile.Demand(_path);
            RegularFile.Demand(fresh);
            using (var stream = new FileStream(fresh, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                stream.Write(UsageState.Encode(_history, _time.GetUtcNow()));
                stream.Flush(flushToDisk: true);
            }

            File.Move(fresh, _path, overwrite: true);
            _savedChanges = changes;
            if (_isFailing)
            {
                Log.SavedAgain(_logger, _path);
            }

            _isFailing = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_isFailing)
            {
                Log.NotSaved(_logger, _path, e.Message);
            }

            _isFailing = true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2020, LogLevel.Warning, "The usage statistics are kept in memory only, {Path} cannot be used: {Reason}")]
        public static partial void NotKept(ILogger logger, string path, string reason);

        [LoggerMessage(2021, LogLevel.Warning, "The usage statistics begin anew: {Path} is broken, or of another version. It is kept as {Aside}")]
        public static partial void Broken(ILogger logger, string path, string aside);

        [LoggerMessage(2022, LogLevel.Warning, "The usage statistics could not be saved to {Path}, which is tried again every minute: {Reason}")]
        public static partial void NotSaved(ILogger logger, string path, string reason);

        [LoggerMessage(2023, LogLevel.Information, "The usage statistics are saved to {Path} again")]
        public static partial void SavedAgain(ILogger logger, string path);
    }
}
