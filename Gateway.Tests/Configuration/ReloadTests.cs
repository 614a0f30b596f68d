using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Configuration;

public class ReloadTests
{
    [Fact]
    public void Reload_BadFile_KeepsTheOldOptions()
    {
        using var folder = new ConfigurationFolder();
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = folder.Start("""{ "debug": true }""");
        using ConfigurationWatcher _ = watcher;
        GatewayOptions before = snapshot.Current;
        folder.Write("config.json", """{ "debug": "perhaps" }""");

        LoadResult result = watcher.Reload();

        Assert.Equal("debug", Assert.Single(result.Errors).Key);
        Assert.Same(before, snapshot.Current);
    }

    [Fact]
    public void Reload_VanishedFile_KeepsTheOldOptions()
    {
        using var folder = new ConfigurationFolder();
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = folder.Start("""{ "client_api_keys": ["a"] }""");
        using ConfigurationWatcher _ = watcher;
        File.Delete(Path.Combine(folder.Root, "config.json"));

        Assert.False(watcher.Reload().IsValid);
        Assert.Equal(["a"], snapshot.Current.ClientApiKeys);
    }

    /// <summary>What was closed stays closed until somebody restarts it on purpose.</summary>
    [Theory]
    [InlineData("""{ "host": "0.0.0.0", "openai_api_key": "k", "client_api_keys": ["a"] }""", """{ "host": "127.0.0.1", "openai_api_key": "k" }""", "client_keys")]
    [InlineData("""{ "client_api_keys": ["a"] }""", "{}", "client_keys")]
    [InlineData("""{ "admin_token": "0123456789abcdef0123456789abcdef" }""", "{}", "admin_token")]
    [InlineData("""{ "host": "0.0.0.0" }""", """{ "host": "127.0.0.1", "openai_api_key": "k" }""", "host")]
    [InlineData(
        """{ "endpoints": [ { "port": 1, "priority": 1 }, { "port": 2, "priority": 3 } ], "client_keys": [ { "name": "batch", "key": "k", "priorities": [3] } ] }""",
        """{ "endpoints": [ { "port": 1, "priority": 9 }, { "port": 2, "priority": 1 } ], "client_keys": [ { "name": "batch", "key": "k", "priorities": [1] } ] }""",
        "endpoints[].priority")]
    [Trait("row", "A6")]
    public void Reload_ThatWouldOpen_KeepsTheOldOptions(string first, string second, string key)
    {
        using var folder = new ConfigurationFolder();
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = folder.Start(first);
        using ConfigurationWatcher _ = watcher;
        GatewayOptions before = snapshot.Current;
        folder.Write("config.json", second);

        Assert.Equal(key, Assert.Single(watcher.Reload().Errors).Key);
        Assert.Same(before, snapshot.Current);
    }

    [Fact]
    [Trait("row", "A6")]
    public void Reload_VanishedDotEnv_KeepsTheOldOptions()
    {
        using var folder = new ConfigurationFolder();
        folder.Write(".env", "OPENAI_API_KEY=k");
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = folder.Start("{}");
        using ConfigurationWatcher _ = watcher;
        File.Delete(Path.Combine(folder.Root, ".env"));

        Assert.Equal(".env", Assert.Single(watcher.Reload().Errors).Key);
        Assert.NotNull(snapshot.Current.Instances[0].ApiKey);
    }

    [Fact]
    public void Reload_GoodFile_PublishesOnce()
    {
        using var folder = new ConfigurationFolder();
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = folder.Start("{}");
        using ConfigurationWatcher _ = watcher;
        var published = new List<GatewayOptions>();
        snapshot.Changed += published.Add;
        folder.Write("config.json", """{ "client_api_keys": ["new"] }""");

        watcher.Reload();

        Assert.Same(snapshot.Current, Assert.Single(published));
        Assert.Equal(["new"], snapshot.Current.ClientApiKeys);
    }

    [Fact]
    public void Reload_FailingListener_DoesNotEscapeNorSilenceTheOthers()
    {
        using var folder = new ConfigurationFolder();
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = folder.Start("{}");
        using ConfigurationWatcher _ = watcher;
        var told = new List<GatewayOptions>();
        snapshot.Changed += _ => throw new InvalidOperationException("listener");
        snapshot.Changed += told.Add;
        folder.Write("config.json", """{ "debug": true }""");

        Assert.True(watcher.Reload().IsValid);
        Assert.True(snapshot.Current.Debug);
        Assert.Same(snapshot.Current, Assert.Single(told));
    }

    [Fact]
    public void Merge_PartsThatNeedARestart_StayAndAreNamed()
    {
        GatewayOptions current = ConfigurationFolder.LoadJson(
            """{ "endpoints": [ { "port": 1, "priority": 1 }, { "port": 2, "priority": 2 }, { "port": 0, "priority": 3 } ] }""").Options!;
        GatewayOptions next = ConfigurationFolder.LoadJson(
            """
            { "host": "localhost", "management_port": 9, "limits": { "max_connections": 1, "drain_timeout": 1 },
              "scheduling": { "release_delay": "1s", "cancel_confirm_timeout": "2s" }, "retries": { "budget": 0.5 }, "timeouts": { "connect": "3s" },
              "endpoints": [ { "port": 3, "priority": 9 }, { "port": 0, "priority": 8 }, { "port": 2, "priority": 7 } ] }
            """).Options!;

        (GatewayOptions merged, IReadOnlyList<string> needRestart) = ReloadPolicy.Merge(current, next);

        Assert.Equal(
            [
                "host", "management_port", "limits.max_connections", "scheduling.release_delay", "scheduling.cancel_confirm_timeout",
                "retries.budget", "endpoints[].port", "endpoints[].priority",
            ],
            needRestart);
        Assert.Equal(current.Scheduling, merged.Scheduling);
        Assert.Equal(current.Retries.Budget, merged.Retries.Budget);
        Assert.Equal(TimeSpan.FromSeconds(3), merged.Timeouts.Connect);
        Assert.Equal([(1, 1), (2, 2), (0, 3)], merged.Endpoints.Select(endpoint => (endpoint.Port, endpoint.Priority)));
        Assert.Equal(("127.0.0.1", 20_000), (merged.Host, merged.Limits.MaxConnections));
        Assert.Null(merged.ManagementPort);
        Assert.Equal(TimeSpan.FromSeconds(1), merged.Limits.DrainTimeout);
    }

    [Fact]
    public void Merge_SamePorts_NeedsNoRestart()
    {
        GatewayOptions options = ConfigurationFolder.LoadJson("{}").Options!;

        Assert.Empty(ReloadPolicy.Merge(options, options).NeedRestart);
    }

    [Fact]
    public void Watcher_ChangedFile_LoadsOnceItIsTheSameAtTwoLooks()
    {
        using var folder = new ConfigurationFolder();
        var time = new ManualTimeProvider();
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = folder.Start("{}", time);
        using ConfigurationWatcher _ = watcher;

        folder.Write("config.json", """{ "debug": true }""");
        time.Advance(ConfigurationWatcher.Look);
        Assert.False(snapshot.Current.Debug);
        time.Advance(ConfigurationWatcher.Look);

        Assert.True(snapshot.Current.Debug);
    }

    [Fact]
    [Trait("row", "A7")]
    public void Watcher_FileIsWrittenAllTheTime_LoadsWithinASecond()
    {
        using var folder = new ConfigurationFolder();
        var time = new ManualTimeProvider();
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = folder.Start("{}", time);
        using ConfigurationWatcher _ = watcher;

        for (TimeSpan passed = TimeSpan.Zero; passed < TimeSpan.FromSeconds(1); passed += ConfigurationWatcher.Look)
        {
            folder.Write("config.json", $$"""{ "debug": true }{{new string(' ', (int)passed.TotalMilliseconds)}}""");
            time.Advance(ConfigurationWatcher.Look);
        }

        Assert.True(snapshot.Current.Debug);
    }

    [Fact]
    public void Watcher_OtherFilesOfTheFolder_LoadNothing()
    {
        using var folder = new ConfigurationFolder();
        var time = new ManualTimeProvider();
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = folder.Start("{}", time);
        using ConfigurationWatcher _ = watcher;
        int loads = 0;
        snapshot.Changed += _ => loads++;

        folder.Write("gateway.log", "a line");
        time.Advance(10 * ConfigurationWatcher.Look);
        Assert.Equal(0, loads);

        // One that may stand beside the main file and did not.
        folder.Write(".env", "DEBUG=true");
        time.Advance(10 * ConfigurationWatcher.Look);
        Assert.Equal(1, loads);
    }

    [Fact]
    public void Watcher_LinkIsSwapped_Loads()
    {
        using var folder = new ConfigurationFolder();
        folder.Write("old/config.json", "{}");
        folder.Write("new/config.json", """{ "debug": true }""");
        Directory.CreateSymbolicLink(Path.Combine(folder.Root, "..data"), "old");
        File.CreateSymbolicLink(Path.Combine(folder.Root, "config.json"), "..data/config.json");
        var time = new ManualTimeProvider();
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = folder.Start(json: null, time);
        using ConfigurationWatcher _ = watcher;

        Directory.CreateSymbolicLink(Path.Combine(folder.Root, "..swap"), "new");
        Directory.Delete(Path.Combine(folder.Root, "..data"));
        Directory.Move(Path.Combine(folder.Root, "..swap"), Path.Combine(folder.Root, "..data"));
        time.Advance(2 * ConfigurationWatcher.Look);

        Assert.True(snapshot.Current.Debug);
    }
}
