using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Configuration;
using Gateway.Tests.Configuration;
using Gateway.Tests.Tidy;
using Xunit;

namespace Gateway.Tests.Documentation;

/// <summary>docs/configuration.md says what the program does.</summary>
public partial class ConfigurationPageTests
{
    /// <summary>Set by <c>make docs</c>: write the page instead of comparing it.</summary>
    private const string WriteVariable = "GATEWAY_DOCS_WRITE";

    // Their default is another key's value, or the words for it are.
    private static readonly string[] DefaultsInWords = ["instances[].max_concurrency", "cache.cacheable_status"];

    [Fact]
    [Trait("category", "docs")]
    public void Generate_CommittedPage_IsUpToDate()
    {
        string path = Path.Combine(SourceTree.Root, "docs", "configuration.md");
        string generated = ConfigurationPage.Generate();
        if (Environment.GetEnvironmentVariable(WriteVariable) is { Length: > 0 })
        {
            File.WriteAllText(path, generated);
        }

        Assert.True(File.ReadAllText(path) == generated, "docs/configuration.md differs from the options: run make docs");
    }

    [Fact]
    public void Generate_EveryKeyAndVariable_Stands()
    {
        string page = ConfigurationPage.Generate();

        Assert.All(KnownKeys.Root.Walk().Where(static key => key.Path != "$schema"), key => Assert.Contains(
            key.Rule.Section is null ? $"| `{key.Rule.Name}` | " : $"## {key.Rule.Name}\n", page, StringComparison.Ordinal));
        Assert.All(EnvironmentVariables.Table, row => Assert.Contains($"| `{row.Variable}` | ", page, StringComparison.Ordinal));
        Assert.DoesNotContain("|  |", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Documentation_DefaultsAndRanges_AreThoseOfTheRules()
    {
        var wrong = new List<string>();
        foreach ((string path, KeyRule rule, KeyDoc doc) in Described(KnownKeys.Root, ""))
        {
            if (rule.Fallback is not (null or "none" or "all" or "the default") && !DefaultsInWords.Contains(path) && !SameStart(doc.Default ?? "", rule.Fallback))
            {
                wrong.Add($"{path}: the comment's default is {doc.Default}, the rule's {rule.Fallback}");
            }

            if (doc.Range is not null && doc.Range != RangeOf(rule))
            {
                wrong.Add($"{path}: the comment's range is {doc.Range}, the rule's {RangeOf(rule)}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void NeedRestart_Ports_DoAndKeysDoNot()
    {
        IReadOnlySet<string> restart = ConfigurationPage.NeedRestart();

        Assert.Contains("endpoints[].port", restart);
        Assert.Contains("host", restart);
        Assert.Contains("scheduling.cancel_confirm_timeout", restart);
        Assert.DoesNotContain("endpoints[].preempt_after", restart);
        Assert.DoesNotContain("client_keys[].enabled", restart);
    }

    [Fact]
    public void NeedRestart_EveryKey_IsReallyChangedToFindOut()
    {
        string[] unchanged =
        [
            .. KeyCases.All
                .Where(static key => key.Good.Select(good => ConfigurationFolder.LoadJson(KeyCases.Document(key.Path, good).Json))
                    .Append(ConfigurationFolder.LoadJson("{}")).Select(static loaded => EffectiveConfiguration.ToJson(loaded.Options!)).Distinct().Count() < 2)
                .Select(static key => key.Path),
        ];

        // Only one value is possible, or the section's keys stand for it.
        Assert.All(unchanged, path => Assert.True(path is "$schema" or "scheduling.on_committed" || KnownKeys.Root.Knows(path), path));
    }

    [Theory]
    [InlineData("Slots. Default 8, range 1..100000.", "Slots.", "8", "1..100000")]
    [InlineData("Tokens. Default null = no window; azure 60000. Range 1..9.", "Tokens.", "null = no window; azure 60000", "1..9")]
    [InlineData("Bytes. Default 8 GiB, range 1KiB..16TiB, at least `max_body_bytes`.", "Bytes. At least `max_body_bytes`.", "8 GiB", "1KiB..16TiB")]
    [InlineData("Limit. Default 60, range 1..9, null = no limit. RATE_LIMIT__REQUESTS.", "Limit. Null = no limit.", "60", "1..9")]
    [InlineData("Address. Default 127.0.0.1. HOST.", "Address.", "127.0.0.1", null)]
    [InlineData("Port. Range 0..65535, 0 = any. Required.", "Port. 0 = any.", null, "0..65535")]
    [InlineData("Overrides `x` (bytes).", "Overrides `x` (bytes).", null, null)]
    public void Parse_Comment_IsTakenApart(string comment, string text, string? fallback, string? range) =>
        Assert.Equal(new KeyDoc(text, fallback, range), KeyDoc.Parse(comment));

    private static IEnumerable<(string Path, KeyRule Rule, KeyDoc Doc)> Described(NodeRules rules, string prefix)
    {
        foreach (KeyRule rule in rules.Keys.Where(static rule => rule.Name != "$schema"))
        {
            if (rule.Section is { } section)
            {
                foreach ((string, KeyRule, KeyDoc) inner in Described(section, prefix + rule.Name + (rule.Kind == KeyKind.SectionList ? "[]." : ".")))
                {
                    yield return inner;
                }
            }
            else
            {
                yield return (prefix + rule.Name, rule, KeyDoc.Of(rules, rule));
            }
        }
    }

    private static bool SameStart(string documented, string fallback) =>
        Plain(documented).StartsWith(Plain(fallback), StringComparison.OrdinalIgnoreCase)
        || (Durations.TryParse(Plain(documented).Split('=', '(')[0], out TimeSpan one) && Durations.TryParse(fallback, out TimeSpan other) && one == other);

    private static string Plain(string text) => Marks().Replace(text, "").Replace("min", "m", StringComparison.Ordinal);

    private static string? RangeOf(KeyRule rule)
    {
        if (rule.Minimum is { } minimum && rule.Maximum is { } maximum)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{minimum}..{maximum}");
        }

        Match match = Bounds().Match(rule.Expected);
        return match.Success ? $"{match.Groups[1].Value.Replace("0s", "0", StringComparison.Ordinal)}..{match.Groups[2].Value}" : null;
    }

    [GeneratedRegex("[ `\"]")]
    private static partial Regex Marks();

    [GeneratedRegex(" from (\\S+) to (\\S+) such")]
    private static partial Regex Bounds();
}
