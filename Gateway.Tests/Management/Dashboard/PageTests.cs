using System.Net;
using System.Text.RegularExpressions;
using Gateway.Tests.Support;
using Gateway.Tests.Tidy;
using Xunit;

namespace Gateway.Tests.Management.Dashboard;

/// <summary>The page's files: all there, nothing from elsewhere, nothing that its own policy would stop.</summary>
public partial class PageTests
{
    private const string Folder = "Gateway/Management/Dashboard/Assets/";

    private static readonly SourceFile[] Files = [.. SourceTree.All.Where(static file => file.Path.StartsWith(Folder, StringComparison.Ordinal))];

    [Fact]
    public async Task Page_Policy_AllowsOwnFilesOnly()
    {
        await using Rig rig = await Rig.StartAsync();

        using HttpResponseMessage answer = await rig.AdminAsync("GET", "/dashboard");

        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            answer.Header("Content-Security-Policy"));
        Assert.Equal(("nosniff", "no-store", "no-referrer"), (answer.Header("X-Content-Type-Options"), answer.Header("Cache-Control"), answer.Header("Referrer-Policy")));
    }

    [Fact]
    public async Task Page_FilesItNames_AreServedAndAllAreNamed()
    {
        await using Rig rig = await Rig.StartAsync();
        string[] named = [.. Files.SelectMany(static file => Reference().Matches(file.Text)).Select(static match => match.Groups["name"].Value).Distinct()];

        Assert.Equal(Files.Select(static file => file.Name).Where(static name => !name.EndsWith(".html", StringComparison.Ordinal)).Order(), named.Order());
        foreach (string name in named)
        {
            using HttpResponseMessage answer = await rig.AdminAsync("GET", $"/dashboard/assets/{name}");
            Assert.Equal((name, HttpStatusCode.OK), (name, answer.StatusCode));
            Assert.Equal(name.EndsWith(".css", StringComparison.Ordinal) ? "text/css" : "text/javascript", answer.Content.Headers.ContentType?.MediaType);
            Assert.Equal(Files.Single(file => file.Name == name).Text, await answer.TextAsync());
        }
    }

    [Theory]
    [InlineData("nothing.js")]
    [InlineData("dashboard.html")]
    [InlineData("sign-in.html")]
    [InlineData("..%2fdashboard.html")]
    public async Task File_ThatIsNone_IsNotFound(string name)
    {
        await using Rig rig = await Rig.StartAsync();

        Assert.Equal(404, (await rig.AdminErrorAsync("GET", $"/dashboard/assets/{name}")).Status);
    }

    [Fact]
    public void Files_Hosts_AreNone()
    {
        Assert.True(Files.Length > 10);
        Assert.All(Files, static file =>
        {
            Assert.Empty(Host().Matches(file.Text).Select(static match => match.Value));
            Assert.DoesNotContain("innerHTML", file.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("eval(", file.Text, StringComparison.Ordinal);
            Assert.True(file.LineCount <= TidyRules.MaxFileLines, file.Path);
        });
    }

    [Fact]
    public void Page_Inline_IsNothing()
    {
        string page = Files.Single(static file => file.Name == "dashboard.html").Text;

        Assert.DoesNotContain("<style", page, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"<script(?![^>]*\bsrc=)", page);
        Assert.DoesNotMatch(@"\son\w+=", page);
    }

    [GeneratedRegex("""(?:/dashboard/assets/|from "\./)(?<name>[\w.-]+)""")]
    private static partial Regex Reference();

    /// <summary>A namespace is a name, not an address.</summary>
    [GeneratedRegex(@"(?:https?:)?//(?!www\.w3\.org/)[a-z0-9-]+(?:\.[a-z0-9-]+)+", RegexOptions.IgnoreCase)]
    private static partial Regex Host();
}
