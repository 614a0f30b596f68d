using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Gateway.Tests.Tidy;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>
/// What is built is what was looked at: exact versions, each with the hash of its content, for every project and for the published program. CI restores
/// in locked mode, which fails when a hash differs. Known vulnerabilities: <c>make audit</c>, because only a registry knows them.
/// </summary>
[Trait("row", "L6")]
public partial class PackageTests
{
    private static readonly Dictionary<string, string> Versions = XDocument.Parse(SourceTree.File("Directory.Packages.props").Text)
        .Descendants("PackageVersion").ToDictionary(static package => package.Attribute("Include")!.Value, static package => package.Attribute("Version")!.Value);

    private static readonly IReadOnlyList<SourceFile> Locks =
        [.. SourceTree.All.Where(static file => file.Name.StartsWith("packages.", StringComparison.Ordinal) && file.Name.EndsWith("lock.json", StringComparison.Ordinal))];

    [Fact]
    public void Versions_AreExactAndReleased()
    {
        Assert.NotEmpty(Versions);
        Assert.All(Versions, static package => Assert.Matches(Exact(), package.Value));
    }

    [Theory]
    [InlineData("[1.0.0, )")]
    [InlineData("1.*")]
    [InlineData("2.0.0-beta.1")]
    public void Versions_ThatMove_WouldBeSeen(string version) => Assert.DoesNotMatch(Exact(), version);

    [Fact]
    public void Projects_EachOne_HasItsLocks()
    {
        string[] projects = [.. SourceTree.All.Where(static file => file.Path.EndsWith(".csproj", StringComparison.Ordinal)).Select(static file => string.Join('/', file.Folders))];
        Assert.NotEmpty(projects);
        Assert.All(projects, static folder => Assert.Contains(Locks, file => file.Path == folder + "/packages.lock.json"));
        Assert.All((string[])["Gateway", "Gateway.Scheduling"], static folder => Assert.Contains(Locks, file => file.Path == folder + "/packages.linux-x64.lock.json"));
        Assert.Contains("<RestoreLockedMode Condition=\"'$(CI)' == 'true'\">true</RestoreLockedMode>", SourceTree.File("Directory.Build.props").Text, StringComparison.Ordinal);
        Assert.Contains("export CI=true", File.ReadAllText(Path.Combine(SourceTree.Root, ".ci/run")), StringComparison.Ordinal);
        Assert.Contains("--locked-mode", SourceTree.File("Dockerfile").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Locks_EachPackage_IsWhatWasAskedForWithAHash() => Assert.All(Locks.SelectMany(PackagesOf), static package =>
    {
        JsonElement entry = package.Value;
        Assert.True(entry.TryGetProperty("contentHash", out JsonElement hash) && Convert.FromBase64String(hash.GetString()!).Length == 64, package.Name);
        if (Versions.TryGetValue(package.Name, out string? version))
        {
            Assert.Equal((package.Name, version), (package.Name, entry.GetProperty("resolved").GetString()));
        }
    });

    [Fact]
    public void Locks_OfThePublishedProgram_DifferFromTheBuildsInWhatThePublisherAddsOnly()
    {
        Dictionary<string, string?> built = Resolved("Gateway/packages.lock.json");
        Dictionary<string, string?> published = Resolved("Gateway/packages.linux-x64.lock.json");

        Assert.NotEmpty(built);
        Assert.All(built, package => Assert.Equal(package.Value, published[package.Key]));
        Assert.All(published.Keys.Except(built.Keys), static name => Assert.StartsWith("Microsoft.NET.", name, StringComparison.Ordinal));
    }

    [Fact]
    public void Runtime_IsAReleaseOfTenOrLater()
    {
        Assert.True(Environment.Version >= new Version(10, 0, 0), RuntimeInformation.FrameworkDescription);
        Assert.DoesNotContain('-', RuntimeInformation.FrameworkDescription);
    }

    private static Dictionary<string, string?> Resolved(string path) =>
        PackagesOf(SourceTree.File(path)).ToDictionary(static package => package.Name, static package => package.Value.GetProperty("resolved").GetString());

    /// <summary>Of the registry; projects of this tree have nothing to hash.</summary>
    private static IEnumerable<JsonProperty> PackagesOf(SourceFile file) => JsonElement.Parse(file.Text).GetProperty("dependencies").GetProperty("net10.0").EnumerateObject()
        .Where(static package => package.Value.GetProperty("type").GetString() != "Project");

    [GeneratedRegex(@"^\d+\.\d+\.\d+(\.\d+)?$")]
    private static partial Regex Exact();
}
