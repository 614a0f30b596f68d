using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Gateway.Configuration;

namespace Gateway.Tests.Documentation;

/// <summary>What the comment of one option says, taken apart: in the comments default and range are sentences of their own.</summary>
/// <param name="Text">All but default, range, "Required", "Secret" and bare names of variables.</param>
/// <param name="Default">Null where the comment names none.</param>
internal sealed partial record KeyDoc(string Text, string? Default, string? Range)
{
    private static readonly Lazy<Dictionary<string, string>> Summaries = new(Read);

    /// <summary>The documentation of a key of <paramref name="rules"/>.</summary>
    public static KeyDoc Of(NodeRules rules, KeyRule rule) =>
        Parse(Summaries.Value.GetValueOrDefault($"P:{rules.Options.FullName}.{rule.Name.Replace("_", "", StringComparison.Ordinal)}", ""));

    /// <summary>What each word of a choice means, for those that say so.</summary>
    public static IEnumerable<string> Choices(NodeRules rules, KeyRule rule)
    {
        Type? declared = rules.Options.GetProperty(rule.Name.Replace("_", "", StringComparison.Ordinal), BindingFlags.IgnoreCase | BindingFlags.Public | BindingFlags.Instance)?.PropertyType;
        if (declared is null || !(Nullable.GetUnderlyingType(declared) ?? declared).IsEnum)
        {
            yield break;
        }

        foreach (FieldInfo field in (Nullable.GetUnderlyingType(declared) ?? declared).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            if (Summaries.Value.TryGetValue($"F:{field.DeclaringType!.FullName}.{field.Name}", out string? summary))
            {
                yield return $"`{field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name}`: {summary}";
            }
        }
    }

    public static KeyDoc Parse(string summary)
    {
        string? fallback = null;
        string? range = null;
        var text = new List<string>();
        foreach (string sentence in SentenceEnd().Split(summary))
        {
            if (DefaultSentence().Match(sentence) is { Success: true } match)
            {
                fallback = match.Groups["value"].Value;
                range ??= match.Groups["range"] is { Success: true, Value: var inner } ? inner : null;
                text.AddRange(match.Groups["rest"] is { Success: true, Value: var rest } ? [Capital(rest)] : []);
            }
            else if (RangeSentence().Match(sentence) is { Success: true } only)
            {
                range = only.Groups["range"].Value;
                text.AddRange(only.Groups["rest"] is { Success: true, Value: var rest } ? [Capital(rest)] : []);
            }
            else if (!Dropped().IsMatch(sentence))
            {
                text.Add(sentence);
            }
        }

        return new KeyDoc(string.Join(' ', text), fallback, range);
    }

    private static Dictionary<string, string> Read() => ((IEnumerable<XDocument>)[ConfigurationSchema.Documentation()!, XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Gateway.Scheduling.xml"))])
        .SelectMany(static file => file.Descendants("member"))
        .Where(static member => member.Element("summary") is not null)
        .ToDictionary(static member => member.Attribute("name")!.Value, static member => Markdown(member.Element("summary")!), StringComparer.OrdinalIgnoreCase);

    private static string Markdown(XElement summary)
    {
        foreach (XElement code in summary.Elements("c").ToArray())
        {
            code.ReplaceWith($"`{code.Value}`");
        }

        foreach (XElement reference in summary.Elements("see").ToArray())
        {
            string name = reference.Attribute("cref")!.Value;
            reference.ReplaceWith($"`{name[(name.LastIndexOf('.') + 1)..].ToLowerInvariant()}`");
        }

        return Blanks().Replace(summary.Value, " ").Trim();
    }

    private static string Capital(string text) => $"{char.ToUpperInvariant(text[0])}{text.AsSpan(1)}";

    [GeneratedRegex(@"(?<=\.) (?=[A-Z])")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"^Default:? (?<value>.+?)(, range (?<range>\S+?))?([,;] (?<rest>(at least|0 =|null =|empty =|the only) ?.+\.)|\.)$")]
    private static partial Regex DefaultSentence();

    [GeneratedRegex(@"^Range (?<range>\S+?\.\.[^,. ]+)(, (?<rest>.+)|\.)$")]
    private static partial Regex RangeSentence();

    [GeneratedRegex(@"^(Required|Secret|[A-Z][A-Z_]+(, [A-Z][A-Z_]+)*)\.$")]
    private static partial Regex Dropped();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
