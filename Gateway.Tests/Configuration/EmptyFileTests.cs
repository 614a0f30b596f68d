using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>A file that a full disk or an editor has emptied must not count as one that says: all defaults, without limits and keys.</summary>
public sealed class EmptyFileTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public static TheoryData<string> Nothing => ["", "\n\n", "# debug: true\n", "---\n", "---\n# debug: true\n...\n", "~", "\uFEFF"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Nothing))]
    public void Load_YamlThatHoldsNothing_NamesTheFileAndTheFix(string text)
    {
        _folder.Write("c.yaml", text);

        ConfigurationError error = Assert.Single(_folder.Load("--config", "c.yaml").Errors);

        Assert.Equal("c.yaml", error.Key);
        Assert.Contains("{}", error.Fix, StringComparison.Ordinal);
    }

    /// <summary>An overlay may be what has the limits.</summary>
    [Theory]
    [MemberData(nameof(Nothing))]
    public void Load_FolderWithAFileThatHoldsNothing_NamesTheFile(string text)
    {
        _folder.Write("conf/base.yaml", text);
        _folder.Write("conf/test.yaml", text);

        LoadResult result = _folder.Load("--config", "conf", "--environment", "test");

        Assert.Equal(["base.yaml", "test.yaml"], result.Errors.Select(static error => error.Key));
    }

    [Theory]
    [InlineData("c.yaml", "{}")]
    [InlineData("c.yaml", "--- {} # on purpose")]
    [InlineData("c.json", "{}")]
    public void Load_FileThatSaysNothingOnPurpose_IsTaken(string name, string text)
    {
        _folder.Write(name, text);

        Assert.True(_folder.Load("--config", name).IsValid);
    }

    [Fact]
    [Trait("row", "A6")]
    public void Reload_EmptiedYaml_KeepsTheOldOptions()
    {
        string path = _folder.Write("c.yaml", "openai_api_url: http://127.0.0.1:9\nrate_limit: {}\n");
        ConfigurationLoader loader = _folder.Loader("--config", "c.yaml");
        LoadResult initial = loader.Load();
        var snapshot = new OptionsSnapshot(initial.Options!);
        using var watcher = new ConfigurationWatcher(loader, snapshot, initial, new ManualTimeProvider(), NullLogger<ConfigurationWatcher>.Instance);
        File.WriteAllText(path, "");

        Assert.Equal("c.yaml", Assert.Single(watcher.Reload().Errors).Key);
        Assert.Same(initial.Options, snapshot.Current);
    }
}
