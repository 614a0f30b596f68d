using System.Text.RegularExpressions;
using Gateway.Tests.Support;
using Gateway.Tests.Tidy;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>The alerts and the scrape configuration, as promtool reads them.</summary>
[Trait("req", "M5")]
public class AlertRulesTests
{
    [Fact]
    public async Task Rules_OfPromtool_AreClean() => await AssertCleanAsync("check", "rules", "alerts.yml");

    [Fact]
    public async Task Rules_InAQuietHourAndABadOne_FireOnlyInTheBadOne() => await AssertCleanAsync("test", "rules", "alerts.test.yml");

    [Fact]
    public async Task Rules_WithOneThatNeverFires_TheirTestFails()
    {
        using var folder = new DeployFolder();
        folder.Change("alerts.yml", static text => text.Replace("> 0.05", "> 5.05", StringComparison.Ordinal));

        (int code, string said) = await Promtool.RunAsync(folder.Root, "test", "rules", "alerts.test.yml");

        Assert.True(code != 0 && said.Contains("GatewayErrors", StringComparison.Ordinal), said);
    }

    [Fact]
    public async Task ScrapeConfiguration_OfPromtool_IsClean() => await AssertCleanAsync("check", "config", "prometheus.yml");

    [Fact]
    public void Rules_EachOne_IsSeenToFireInATestAndSaysWhatToDo()
    {
        string tests = SourceTree.File(AlertRules.Folder + "alerts.test.yml").Text;
        string rules = SourceTree.File(AlertRules.Folder + "alerts.yml").Text;
        string guide = SourceTree.File("docs/observability.md").Text;
        Assert.All(AlertRules.All, rule =>
        {
            Assert.Contains($$"""{alertname="{{rule.Name}}"}""", tests, StringComparison.Ordinal);
            Assert.Contains($"docs/observability.md#{rule.Name.ToLowerInvariant()}\n", rules, StringComparison.Ordinal);
            Assert.Matches(new Regex($"^### {rule.Name}$", RegexOptions.Multiline), guide);
        });
        Assert.Equal(AlertRules.All.Count, AlertRules.All.DistinctBy(static rule => rule.Name).Count());
        Assert.Equal(AlertRules.All.Count, Regex.Count(guide, "^### Gateway", RegexOptions.Multiline));
    }

    private static async Task AssertCleanAsync(params string[] arguments)
    {
        using var folder = new DeployFolder();
        (int code, string said) = await Promtool.RunAsync(folder.Root, arguments);
        Assert.True(code == 0 && !said.Contains("FAILED", StringComparison.Ordinal), said);
    }
}
