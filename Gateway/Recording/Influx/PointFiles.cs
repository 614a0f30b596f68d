namespace Gateway.Recording.Influx;

/// <summary>
/// The folder beside the state file where points wait, a file for each batch: those that a gateway left which was killed, or stopped while InfluxDB
/// was away, are found there by the next. Whatever is wrong with it, points wait in memory. Not thread-safe.
/// </summary>
internal sealed partial class PointFiles(StateClaim claim, ILogger<PointFiles> logger) : IDisposable
{
    /// <summary>As many as there can be batches: those that wait, one that is being filled, and one that is being sent.</summary>
    public const int Most = (InfluxSink.MaxWaiting / InfluxSink.MaxBatch) + 2;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly PointFile?[] _files = new PointFile?[Most];
    private bool _isOurs;
    private bool _isFailing;
    private long _found;

    public string Folder { get; } = claim.Path + ".points";

    /// <summary>Points that were there.</summary>
    public long Found => Interlocked.Read(ref _found);

    /// <summary>Takes the folder, unless nothing is to be kept.</summary>
    /// <returns>The files that are there, the oldest points first.</returns>
    public IReadOnlyList<(PointFile File, PointLines Lines)> Open()
    {
        if (claim.Path.Length == 0)
        {
            return [];
        }

        try
        {
            claim.Take();
            Directory.CreateDirectory(Folder);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(Folder, OwnerOnly);
            }

            _isOurs = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NotKept(logger, Folder, e.Message);
            return [];
        }

        List<(PointFile File, PointLines Lines)> found = [];
        for (int i = 0; i < Most; i++)
        {
            if (File.Exists(PathOf(i)) && TryOpen(i, out PointLines lines))
            {
                found.Add((_files[i]!, lines));
            }
        }

        Interlocked.Add(ref _found, found.Sum(static file => file.Lines.Count));
        if (Found > 0)
        {
            Log.Found(logger, Found, Folder);
        }

        return [.. found.OrderBy(static file => file.Lines.BeganAt)];
    }

    /// <summary>One more; null when there can be none.</summary>
    public PointFile? Next()
    {
        int free = Array.IndexOf(_files, null);
        return _isOurs && !_isFailing && free >= 0 && TryOpen(free, out _) ? _files[free] : null;
    }

    /// <summary>Files with points stay; nothing else of ours does.</summary>
    public void Dispose()
    {
        PointFile[] files = [.. _files.OfType<PointFile>()];
        Array.Clear(_files);
        Array.ForEach(files, static file => file.Dispose());
        try
        {
            foreach (PointFile file in files.Where(static file => file.IsEmpty))
            {
                File.Delete(file.Path);
            }

            if (_isOurs && !Directory.EnumerateFileSystemEntries(Folder).Any())
            {
                Directory.Delete(Folder);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Empty files harm nobody.
        }

        _isOurs = false;
    }

    private string PathOf(int index) => Path.Combine(Folder, $"{index}.points");

    private bool TryOpen(int index, out PointLines lines)
    {
        string path = PathOf(index);
        try
        {
            _files[index] = PointFile.Open(path, out lines);
            if (_files[index] is null)
            {
                string aside = path + ".broken";
                File.Move(path, aside, overwrite: true);
                Log.Broken(logger, path, aside);
                _files[index] = PointFile.Open(path, out lines);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Once: the next one would meet the same, and is not tried.
            if (!_isFailing)
            {
                Log.NotKept(logger, path, e.Message);
            }

            (_isFailing, lines) = (true, default);
        }

        return _files[index] is not null;
    }

    private static partial class Log
    {
        [LoggerMessage(2303, LogLevel.Warning, "Points that wait for InfluxDB are lost when the gateway is killed, {Path} cannot be used: {Reason}")]
        public static partial void NotKept(ILogger logger, string path, string reason);

        [LoggerMessage(2304, LogLevel.Warning, "{Path} holds no points for InfluxDB, or is damaged. It is kept as {Aside}")]
        public static partial void Broken(ILogger logger, string path, string aside);

        [LoggerMessage(2305, LogLevel.Information, "{Count} points for InfluxDB of an earlier run are in {Folder}: they are sent now")]
        public static partial void Found(ILogger logger, long count, string folder);
    }
}
