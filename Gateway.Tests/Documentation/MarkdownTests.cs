using System.Text.RegularExpressions;
using Gateway.Configuration;
using Gateway.Tests.Configuration;
using Gateway.Tests.Tidy;
using Xunit;

namespace Gateway.Tests.Documentation;

/// <summary>No document leads nowhere, tells to run what is not there, or shows a configuration that would be refused.</summary>
public partial class MarkdownTests
{
    [Fact]
    public void Links_OfAllDocuments_LeadSomewhere()
    {
        Assert.Contains(MarkdownPage.All, static page => page.Path == "README.md" && page.Links.Count() > 20);
        string[] broken = [.. MarkdownPage.All.SelectMany(static page => page.Links.Select(page.Broken)).OfType<string>()];
        Assert.True(broken.Length == 0, string.Join('\n', broken));
    }

    [Theory]
    [InlineData("[a](nowhere.md)", false)]
    [InlineData("[a](docs/operations.md#no-such-heading)", false)]
    [InlineData("[a](#nor-here)", false)]
    [InlineData("# It is: `here`\n[a](docs/operations.md#who-may) [b](docs/) [c](https://example.com)", true)]
    public void Broken_Link_IsFound(string text, bool isGood)
    {
        var page = new MarkdownPage(new SourceFile("README.md", text));

        Assert.Equal(isGood, page.Links.All(link => page.Broken(link) is null));
    }

    [Fact]
    public void Commands_Make_AreTargets()
    {
        string makefile = SourceTree.File("Makefile").Text;
        string[] unknown =
        [
            .. MarkdownPage.All.SelectMany(static page => page.MakeTargets.Select(target => (page.Path, Target: target)))
                .Where(command => !Regex.IsMatch(makefile, $"^{command.Target}:", RegexOptions.Multiline)).Select(static command => $"{command.Path}: make {command.Target}"),
        ];

        Assert.Contains(MarkdownPage.All, static page => page.MakeTargets.Contains("demo"));
        Assert.Empty(unknown);
    }

    [Fact]
    public void Commands_DotnetRun_NameProjects() => Assert.All(
        MarkdownPage.All.SelectMany(static page => page.Blocks("console", "").SelectMany(static block => Project().Matches(block)).Select(static match => match.Groups["path"].Value)),
        static path => Assert.True(Directory.Exists(Path.Combine(SourceTree.Root, path)), path));

    [Fact]
    public void Examples_OfConfigurations_WouldBeTaken()
    {
        string[] examples = [.. MarkdownPage.All.SelectMany(static page => page.Blocks("jsonc", "json")).Where(static block => !block.Contains("...", StringComparison.Ordinal))];

        Assert.True(examples.Length > 5, $"{examples.Length}");
        Assert.All(examples, static block => Assert.True(IsConfiguration(block), block));
        Assert.False(IsConfiguration("\"hots\": \"127.0.0.1\""));
    }

    /// <summary>As a whole file, as a part of one, or as entries of <c>instances</c>, each line of its own.</summary>
    private static bool IsConfiguration(string block)
    {
        string filled = Variable().Replace(block, "filled-in");
        string entries = string.Join(",\n", Entry().Matches(filled).Select(static match => match.Value));
        return ((string[])[filled, $"{{ {filled} }}", $"{{ \"instances\": [ {entries} ] }}"]).Any(static json => ConfigurationFolder.LoadJson(json).IsValid);
    }

    [GeneratedRegex("--project (?<path>[A-Za-z./]+)")]
    private static partial Regex Project();

    [GeneratedRegex(@"\$\{[A-Z_]+\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^\{ ""name"".*?\}(?= *(//.*)?$)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Entry();
}
