using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>Which files a reload reads may itself have changed; none may be lost by that.</summary>
[Trait("req", "A2")]
public sealed class EnvironmentReloadTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ENVIRONMENT=test", true)]
    [InlineData("ENVIRONMENT=test", false)]
    [InlineData("ENVIRONMENT=nowhere", true)]
    [InlineData("# none", true)]
    public void Watcher_EnvironmentNamesAnotherOverlay_FollowsIt(string before, bool oldStays)
    {
        WriteOverlay("test", 1);
        WriteOverlay("staging", 2);
        _folder.Write(".env", before);
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = _folder.Start("{}", _time);
        using ConfigurationWatcher _ = watcher;
        if (!oldStays)
        {
            Delete("config.test.json");
        }

        _folder.Write(".env", "ENVIRONMENT=staging");
        Settle();
        Assert.Equal(2, snapshot.Current.Retries.MaxRetries);

        // It is watched from now on, and its predecessor is not.
        WriteOverlay("staging", 13);
        Settle();
        Assert.Equal(13, snapshot.Current.Retries.MaxRetries);
        Delete("config.test.json");
        Assert.True(watcher.Reload().IsValid);

        Delete("config.staging.json");
        ConfigurationError error = Assert.Single(watcher.Reload().Errors);
        Assert.Equal(("config.staging.json", "has vanished."), (error.Key, error.Message));
        Assert.Equal(13, snapshot.Current.Retries.MaxRetries);
    }

    [Theory]
    [InlineData("ENVIRONMENT=stagign")]
    [InlineData("# none")]
    [Trait("row", "A6")]
    public void Watcher_EnvironmentNamesNoOverlay_SaysSoAndWaitsForOne(string after)
    {
        WriteOverlay("test", 1);
        _folder.Write(".env", "ENVIRONMENT=test");
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = _folder.Start("{}", _time);
        using ConfigurationWatcher _ = watcher;

        _folder.Write(".env", after);
        ConfigurationError error = Assert.Single(watcher.Reload().Errors);
        Assert.Equal("ENVIRONMENT", error.Key);
        Assert.Contains("config.test.json", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, snapshot.Current.Retries.MaxRetries);

        // What mends it is a file that was never there.
        _folder.Write(".env", "ENVIRONMENT=stagign");
        Settle();
        WriteOverlay("stagign", 12);
        Settle();
        Assert.Equal(12, snapshot.Current.Retries.MaxRetries);
    }

    [Fact]
    [Trait("row", "A6")]
    public void Reload_OtherOverlayHasNoKeys_KeepsTheOldOptions()
    {
        _folder.Write("config.test.json", """{ "client_api_keys": ["a"] }""");
        WriteOverlay("staging", 2);
        _folder.Write(".env", "ENVIRONMENT=test");
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = _folder.Start("{}", _time);
        using ConfigurationWatcher _ = watcher;

        _folder.Write(".env", "ENVIRONMENT=staging");

        Assert.Equal("client_keys", Assert.Single(watcher.Reload().Errors).Key);
        Assert.Equal(["a"], snapshot.Current.ClientApiKeys);
    }

    [Fact]
    [Trait("row", "A6")]
    public void Reload_FileThatCameLaterVanishes_KeepsTheOldOptions()
    {
        (ConfigurationWatcher watcher, OptionsSnapshot snapshot) = _folder.Start("{}", _time);
        using ConfigurationWatcher _ = watcher;
        _folder.Write(".env", "OPENAI_API_KEY=k");
        Assert.True(watcher.Reload().IsValid);

        Delete(".env");

        Assert.Equal(".env", Assert.Single(watcher.Reload().Errors).Key);
        Assert.NotNull(snapshot.Current.Instances[0].ApiKey);
    }

    /// <summary>In a folder one extension goes before the other; the file that is not read any more is still there.</summary>
    [Fact]
    public void Reload_FileOfAnotherExtensionTakesThePlace_IsFollowed()
    {
        _folder.Write("conf/base.json", """{ "retries": { "max_retries": 1 } }""");
        ConfigurationLoader loader = _folder.Loader("--config", "conf");
        LoadResult initial = loader.Load();
        var snapshot = new OptionsSnapshot(initial.Options!);

        // Written after it was looked for, and before anybody watched.
        _folder.Write("conf/base.yaml", "retries: { max_retries: 2 }");
        using var watcher = new ConfigurationWatcher(loader, snapshot, initial, _time, NullLogger<ConfigurationWatcher>.Instance);
        Settle();

        Assert.Equal(2, snapshot.Current.Retries.MaxRetries);
    }

    /// <summary>Numbers of other lengths: a file of the same one, written within a tick of the file system's clock, looks the same.</summary>
    private void WriteOverlay(string environment, int retries) =>
        _folder.Write($"config.{environment}.json", $$"""{ "retries": { "max_retries": {{retries}} } }""");

    private void Delete(string name) => File.Delete(Path.Combine(_folder.Root, name));

    private void Settle() => _time.Advance(3 * ConfigurationWatcher.Look);
}
