using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Tests.Tidy;
using Xunit;

namespace Gateway.Tests.Recording.Logs;

/// <summary>Whoever watches the log does so by the ids: they are unique, and docs/logs.md tells them all.</summary>
[Trait("req", "M6")]
public partial class EventIdTests
{
    private static readonly (int Id, string Name, string Level)[] InCode =
    [
        .. SourceTree.CSharp.Where(static file => file.Path.StartsWith("Gateway/", StringComparison.Ordinal)).SelectMany(static file =>
            Message().Matches(file.Text).Select(static match => (
                int.Parse(match.Groups["id"].Value, CultureInfo.InvariantCulture), match.Groups["name"].Value, match.Groups["level"].Value))),
        (2000, "RequestFinished", "Information, Warning"),
        (2001, "RequestsNotLogged", "Information, Warning"),
        (2002, "EventsNotLogged", "Warning, Error, Critical"),
        (2003, "LogEntriesDropped", "Warning"),
    ];

    [Fact]
    public void EventIds_All_AreUnique() =>
        Assert.Empty(InCode.GroupBy(static entry => entry.Id).Where(static entries => entries.Count() > 1).Select(static entries => string.Join(", ", entries)));

    [Fact]
    public void EventIds_All_AreInTheDocumentsAndNoOthers()
    {
        string[] told = [.. Row().Matches(SourceTree.File("docs/logs.md").Text).Select(static match => match.Value)];

        // The control: the patterns find something at all.
        Assert.True(InCode.Length > 20);
        Assert.Equal(InCode.OrderBy(static entry => entry.Id).Select(static entry => string.Create(CultureInfo.InvariantCulture, $"| {entry.Id} | {entry.Name} | {entry.Level} |")), told);
    }

    [GeneratedRegex(@"LoggerMessage\((?<id>\d+), LogLevel\.(?<level>\w+)[\s\S]*?static partial void (?<name>\w+)\(")]
    private static partial Regex Message();

    [GeneratedRegex(@"^\| \d+ \| \w+ \| [\w, ]+ \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
