using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Gateway.Configuration;

/// <summary>
/// Loads again on SIGHUP or when a source file changes, and publishes the new options. A bad file changes nothing and says why.
/// </summary>
internal sealed partial class ConfigurationWatcher : IDisposable
{
    /// <summary>Between two looks at the files. Editors write in several steps: a file counts as written when two looks find it the same.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>Nor does anybody who keeps writing put it off for longer: a revoked key is refused within a second.</summary>
    public static readonly TimeSpan LongestSettle = TimeSpan.FromMilliseconds(600);

    private readonly ConfigurationLoader _loader;
    private readonly OptionsSnapshot _snapshot;
    private readonly ILogger<ConfigurationWatcher> _logger;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly Lock _looking = new();
    private IReadOnlyList<string?> _sources;
    private volatile FileStamps _watched;
    private long? _firstChange;
    private PosixSignalRegistration? _signal;

    /// <param name="loader">Loads from the same sources as at the start.</param>
    /// <param name="snapshot">Gets the new options.</param>
    /// <param name="initial">The load of the start; names the files.</param>
    /// <param name="time">Measures the settling.</param>
    /// <param name="logger">Gets every outcome.</param>
    public ConfigurationWatcher(ConfigurationLoader loader, OptionsSnapshot snapshot, LoadResult initial, TimeProvider time,
        ILogger<ConfigurationWatcher> logger)
    {
        _loader = loader;
        _snapshot = snapshot;
        _logger = logger;
        _sources = initial.Sources;
        _watched = initial.Watched;
        _time = time;
        _timer = time.CreateTimer(_ => LookAtFiles(), null, Look, Look);
    }

    /// <summary>Listens for SIGHUP too. Apart from the constructor, because signals belong to the whole process.</summary>
    public void ListenForSignal() => _signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        Reload();
    });

    /// <summary>Loads now. The errors of a refused load are in the result and in the log.</summary>
    public LoadResult Reload()
    {
        lock (_gate)
        {
            LoadResult loaded = Load();

            // Of a refused load too: what mends it may be a file that was not looked for before.
            _watched = loaded.Watched;
            if (!loaded.IsValid)
            {
                return Refuse(loaded);
            }

            (GatewayOptions options, IReadOnlyList<string> needRestart) = ReloadPolicy.Merge(_snapshot.Current, loaded.Options);
            if (Objection(loaded, options, needRestart) is { } objection)
            {
                return Refuse(loaded with { Options = null, Errors = [objection] });
            }

            _sources = loaded.Sources;
            foreach (string key in needRestart)
            {
                Log.NeedsRestart(_logger, key);
            }

            foreach (string note in loaded.Notes)
            {
                Log.Note(_logger, note);
            }

            try
            {
                _snapshot.Publish(options);
                Log.Reloaded(_logger, loaded.Files.Count());
            }
            catch (Exception e)
            {
                // On a timer's thread anything that escapes a listener would end the process.
                Log.ListenerFailed(_logger, e);
            }

            return loaded with { Options = options };
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "On a timer's thread, or a signal's, anything that escapes would end the process.")]
    private LoadResult Load()
    {
        try
        {
            return _loader.Load();
        }
        catch (Exception e)
        {
            var error = new ConfigurationError("configuration", $"cannot be read: {e.GetType().Name}.", "See what was changed last.");
            return new LoadResult { Errors = [error], Watched = _watched };
        }
    }

    public void Dispose()
    {
        _signal?.Dispose();
        _timer.Dispose();
    }

    private void LookAtFiles()
    {
        if (!_looking.TryEnter())
        {
            // The last look found something and is still loading it.
            return;
        }

        try
        {
            bool changed = _watched.HaveChanged();
            if (changed)
            {
                _firstChange ??= _time.GetTimestamp();
            }

            if (_firstChange is { } first && (!changed || _time.GetElapsedTime(first) >= LongestSettle))
            {
                _firstChange = null;
                Reload();
            }
        }
        finally
        {
            _looking.Exit();
        }
    }

    /// <summary>Why a sound configuration may not replace the one in force.</summary>
    private ConfigurationError? Objection(LoadResult loaded, GatewayOptions options, IReadOnlyList<string> needRestart)
    {
        if (_sources.Zip(loaded.Sources).FirstOrDefault(static place => place is { First: not null, Second: null }).First is { } missing)
        {
            // Without its file the gateway would fall back to defaults, and those check no keys.
            string name = Path.GetFileName(missing);
            return loaded.Watched.Contains(missing)
                ? new ConfigurationError(name, "has vanished.", "Put it back, or restart without it.")
                : new ConfigurationError("ENVIRONMENT", $"names no overlay that is there, and {name} would no longer be read.", "Name another, or restart.");
        }

        if (_snapshot.Current.ChecksCallers && !options.ChecksCallers)
        {
            // A line lost by mistake must not open a gateway that people rely on being closed.
            return new ConfigurationError("client_keys", "are all gone, and callers would need none.", "Put one back, or restart without them.");
        }

        if (_snapshot.Current.AdminToken is { Length: > 0 } && options.AdminToken is not { Length: > 0 })
        {
            return new ConfigurationError("admin_token", "has vanished.", "Put it back, or restart without it.");
        }

        if (needRestart.Contains("endpoints[].priority") && ClientKeyList.Of(options).Any(static key => key.Priorities is not null))
        {
            // The keys would name new priorities, and the ports have the old ones.
            return new ConfigurationError("endpoints[].priority", "stays until a restart, and client_keys[].priorities would mean other ports.", "Restart.");
        }

        // The file is sound for the host it names, but the listeners still have the old one.
        return CrossRules.IsOpenRelay(options)
            ? new ConfigurationError("host", $"\"{options.Host}\" stays until a restart, and the new keys would leave it open.", "Restart.")
            : null;
    }

    private LoadResult Refuse(LoadResult loaded)
    {
        Log.Refused(_logger, loaded.Errors.Count);
        foreach (ConfigurationError error in loaded.Errors)
        {
            Log.Error(_logger, error.Key, error.Message, error.Fix);
        }

        return loaded;
    }

    private static partial class Log
    {
        [LoggerMessage(1000, LogLevel.Information, "Configuration reloaded from {Files} files.")]
        public static partial void Reloaded(ILogger logger, int files);

        [LoggerMessage(1001, LogLevel.Error, "The new configuration has {Errors} errors; the old one stays in force.")]
        public static partial void Refused(ILogger logger, int errors);

        [LoggerMessage(1002, LogLevel.Error, "{Key}: {Problem} {Fix}")]
        public static partial void Error(ILogger logger, string key, string problem, string fix);

        [LoggerMessage(1003, LogLevel.Warning, "{Key} has changed and needs a restart; everything else took effect.")]
        public static partial void NeedsRestart(ILogger logger, string key);

        [LoggerMessage(1004, LogLevel.Information, "{Note}")]
        public static partial void Note(ILogger logger, string note);

        [LoggerMessage(1006, LogLevel.Error, "A listener of the configuration failed; the new options are in force.")]
        public static partial void ListenerFailed(ILogger logger, Exception exception);
    }
}
