using System.Text.RegularExpressions;
using Gateway.Tests.Support;
using Gateway.Tests.Tidy;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Documentation;

/// <summary>What the README tells to type is typed, in its order, against a gateway with the sample configuration.</summary>
public partial class ReadmeTests
{
    [Fact]
    [Trait("req", "P8")]
    public async Task Commands_Curl_AreAnswered()
    {
        string[] commands = Commands();
        Assert.True(commands.Length >= 10, string.Join('\n', commands));
        await using SimulatorHost upstream = await Recipe.StartUpstreamAsync();
        await using Recipe gateway = await Recipe.StartAsync(
            new Dictionary<string, string> { ["config.json"] = SourceTree.File("config.json").Text },
            new Dictionary<string, string> { ["OPENAI_API_URL"] = upstream.BaseAddress.AbsoluteUri, ["OPENAI_API_KEY"] = "sk-readme" });

        // Each says its status; a request 42 does not wait here.
        await Recipe.RunTextAsync(
            string.Join('\n', commands.Select(static command =>
                $"status=$({command} -sS -o /dev/null -w '%{{http_code}}'); case $status in 2??|{(command.Contains("/queue/42", StringComparison.Ordinal) ? "404" : "2??")}) echo \"ok $status\";; *) echo \"$status\" {Quoted(command)}; exit 1;; esac"))
            .Replace("localhost:8080", gateway.At(8080)[7..], StringComparison.Ordinal).Replace("localhost:8082", gateway.At(8082)[7..], StringComparison.Ordinal));
    }

    private static string[] Commands() =>
    [
        .. new MarkdownPage(SourceTree.File("README.md")).Blocks("console")
            .SelectMany(static block => Continued().Replace(block, " ").Split('\n'))
            .Where(static line => line.StartsWith("curl ", StringComparison.Ordinal))
            .Select(static line => Rest().Replace(line, "")),
    ];

    private static string Quoted(string command) => $"'{command.Replace("'", "", StringComparison.Ordinal)}'";

    [GeneratedRegex(@" *\\\n *")]
    private static partial Regex Continued();

    /// <summary>A remark, or where the output goes.</summary>
    [GeneratedRegex(@" +# .*$| \| .*$")]
    private static partial Regex Rest();
}
