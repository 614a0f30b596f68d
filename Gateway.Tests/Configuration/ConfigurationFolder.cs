using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Configuration;

/// <summary>A working directory of its own for one test, made when it is first asked for.</summary>
internal sealed class ConfigurationFolder : IDisposable
{
    private readonly Lazy<string> _root = new(static () => Directory.CreateTempSubdirectory("gateway-configuration-").FullName);

    public string Root => _root.Value;

    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Loads one config.json, without any environment.</summary>
    public static LoadResult LoadJson(string json)
    {
        using var folder = new ConfigurationFolder();
        folder.Write("config.json", json);
        return folder.Load();
    }

    public static LoadResult LoadEnvironment(params (string Name, string Value)[] variables)
    {
        using var folder = new ConfigurationFolder();
        foreach ((string name, string value) in variables)
        {
            folder.Environment[name] = value;
        }

        return folder.Load();
    }

    public string Write(string name, string text)
    {
        string path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public ConfigurationLoader Loader(params string[] args) => new(CommandLine.Parse(args), Environment, Root);

    public LoadResult Load(params string[] args) => Loader(args).Load();

    /// <summary>Loads, and watches what was loaded.</summary>
    public (ConfigurationWatcher Watcher, OptionsSnapshot Snapshot) Start(string? json, TimeProvider? time = null)
    {
        if (json is not null)
        {
            Write("config.json", json);
        }

        ConfigurationLoader loader = Loader();
        LoadResult initial = loader.Load();
        var snapshot = new OptionsSnapshot(initial.Options!);
        return (new ConfigurationWatcher(loader, snapshot, initial, time ?? new ManualTimeProvider(), NullLogger<ConfigurationWatcher>.Instance), snapshot);
    }

    public void Dispose()
    {
        if (_root.IsValueCreated)
        {
            Directory.Delete(Root, recursive: true);
        }
    }
}
