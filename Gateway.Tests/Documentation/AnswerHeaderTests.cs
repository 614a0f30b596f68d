using System.Text.RegularExpressions;
using Gateway.Tests.Tidy;
using Xunit;

namespace Gateway.Tests.Documentation;

/// <summary>The table of headers on answers in docs/operations.md names what the code sets, and web pages may read all of it.</summary>
public partial class AnswerHeaderTests
{
    private const string Heading = "## Headers on answers\n";

    private static readonly string[] Ours = ["x-gateway-", "x-ratelimit-", "x-cache", "x-proxy", "retry-after", "x-should-retry", "x-request-id"];

    [Fact]
    public void Headers_SetByTheGateway_AreInTheTable()
    {
        IReadOnlySet<string> set = Set();

        Assert.Superset(Names("x-gateway-tier", "x-ratelimit-reset-tokens", "x-cache-timestamp", "retry-after", "retry-after-ms", "x-should-retry"), Names(set));
        Assert.Empty(set.Except(Table(), StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public void Headers_OfTheTable_AreSetByTheGateway() => Assert.Empty(Table().Where(IsOurs).Except(Set(), StringComparer.OrdinalIgnoreCase));

    [Fact]
    public void Headers_SetByTheGateway_MayBeReadByListedPages()
    {
        string stage = SourceTree.File("Gateway/Origins/CorsStage.cs").Text;
        string exposed = stage[stage.IndexOf("string Exposed", StringComparison.Ordinal)..];
        HashSet<string> readable = Names(Name().Matches(exposed[..exposed.IndexOf(';', StringComparison.Ordinal)]).Select(static match => match.Value));

        Assert.Empty(Set().Except(readable, StringComparer.OrdinalIgnoreCase));
    }

    private static HashSet<string> Set() => Names(SourceTree.CSharp
        .Where(static file => file.Folders is ["Gateway", ..])
        .SelectMany(static file => Assignment().Matches(file.Text))
        .Select(static match => match.Groups["name"] is { Success: true, Value: var name } ? name : "Retry-After")
        .Where(IsOurs));

    private static HashSet<string> Table()
    {
        string page = SourceTree.File("docs/operations.md").Text;
        string section = page[(page.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length)..];
        return Names(section[..section.IndexOf("\n## ", StringComparison.Ordinal)].Split('\n')
            .Where(static line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(static line => Name().Matches(line.Split('|')[1]).Select(static match => match.Value)));
    }

    private static bool IsOurs(string name) => Ours.Any(start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    private static HashSet<string> Names(params IEnumerable<string> names) => names.ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>By its name, or by the one property that there is for a name of ours.</summary>
    [GeneratedRegex("""[hH]eaders(\["(?<name>[^"]+)"\]|\.RetryAfter) =(?!=)""")]
    private static partial Regex Assignment();

    [GeneratedRegex("[A-Za-z]+(-[A-Za-z]+)*")]
    private static partial Regex Name();
}
