using System.Text.RegularExpressions;

namespace Gateway.Tests.Tidy;

/// <summary>The rules of the tree, each a pure check of one file: what it returns is wrong.</summary>
internal static partial class TidyRules
{
    public const int MaxFileLines = 300;
    public const int MaxMethodLines = 70;

    /// <summary>The stages in the order a request travels.</summary>
    public static readonly IReadOnlyList<string> Stages =
    [
        "Configuration", "Listeners", "Redis", "Recording", "Origins", "Authentication", "Requests", "Tokenization", "RateLimiting",
        "Caching", "Upstreams", "Forwarding", "Errors", "Management",
    ];

    /// <summary>What every stage may speak of: the words for a request, and the options.</summary>
    private static readonly string[] Shared = ["Requests", "Configuration"];

    private static readonly string[] ForbiddenFolders = ["Common", "Helpers", "Utils", "Services", "Models", "Interfaces", "Core"];

    private static readonly string[] ForbiddenEndings = ["Manager", "Helper", "Service"];

    /// <summary>Put together, so that this file does not hold them itself.</summary>
    private static readonly string[] ForbiddenWords =
        ["/wo" + "rk/", ".lib" + "rary", "sub" + "agent", "before" + "-stop", "farm" + "-", "/tm" + "p/w/", "TO" + "DO", "FIX" + "ME", "HA" + "CK", "@" + "@"];

    public static IEnumerable<string> LongFile(SourceFile file)
    {
        if (file.LineCount > MaxFileLines)
        {
            yield return $"{file}: {file.LineCount} lines";
        }
    }

    public static IEnumerable<string> LongMethods(SourceFile file) =>
        CodeShape.Of(file.Text).Methods.Where(static method => method.Lines > MaxMethodLines).Select(method => $"{file}: {method.Lines} lines: {method.Header}");

    public static IEnumerable<string> MisnamedTypes(SourceFile file)
    {
        IReadOnlyList<string> types = CodeShape.Of(file.Text).TopLevelTypes;
        string expected = file.Name.Split('.')[0];
        if (types.Count > 1 || types.Any(type => type != expected))
        {
            yield return $"{file}: declares {string.Join(", ", types)}";
        }
    }

    public static IEnumerable<string> ForbiddenTypeNames(SourceFile file) =>
        CodeShape.Of(file.Text).Types
            .Where(static type => ForbiddenEndings.Any(ending => type.EndsWith(ending, StringComparison.Ordinal)))
            .Select(type => $"{file}: {type}");

    public static IEnumerable<string> ForbiddenFolderNames(SourceFile file) =>
        file.Folders.Intersect(ForbiddenFolders, StringComparer.OrdinalIgnoreCase).Select(folder => $"{file}: {folder}");

    public static IEnumerable<string> ForbiddenWordsIn(SourceFile file) =>
        ForbiddenWords.Where(word => file.Text.Contains(word, StringComparison.Ordinal)).Select(word => $"{file}: {word}");

    /// <summary>An earlier stage knows no later one, by a using or by a full name.</summary>
    public static IEnumerable<string> LaterStages(SourceFile file)
    {
        if (file.Folders is not ["Gateway", var folder, ..])
        {
            yield break;
        }

        int own = Stages.ToList().IndexOf(folder);
        if (own < 0)
        {
            yield return $"{file}: {folder} is no stage";
        }

        foreach (Match match in StageName().Matches(CodeMask.Of(file.Text)))
        {
            string stage = match.Groups["stage"].Value;
            if (Stages.ToList().IndexOf(stage) > own && !Shared.Contains(stage))
            {
                yield return $"{file}: {folder} knows {stage}";
            }
        }
    }

    public static IEnumerable<string> OwnPackageVersions(SourceFile file)
    {
        if (!file.Name.EndsWith(".cs", StringComparison.Ordinal) && file.Name != "Directory.Packages.props" && PackageVersion().IsMatch(file.Text))
        {
            yield return $"{file}: names a package version";
        }
    }

    /// <summary>Banned symbols are errors only while nobody turns the rule off.</summary>
    public static IEnumerable<string> UnbannedSymbols(SourceFile file)
    {
        if (file.Text.Contains("RS" + "0030", StringComparison.Ordinal))
        {
            yield return $"{file}: touches the banned symbols' rule";
        }
    }

    /// <summary>But for a server program that is not there, which is for one file to say.</summary>
    public static IEnumerable<string> SkippedTests(SourceFile file) => file.Name == "RealServer.cs"
        ? []
        : Skip().Matches(CodeMask.Of(file.Text)).Select(match => $"{file}: {match.Value}");

    [GeneratedRegex(@"\bGateway\.(?<stage>[A-Z]\w+)\b")]
    private static partial Regex StageName();

    [GeneratedRegex(@"<Package(Reference|Version)\b[^>]*\bVersion(Override)?\s*=")]
    private static partial Regex PackageVersion();

    [GeneratedRegex(@"\bSkip(When|Unless|Type)?\s*=(?![=>])|\bAssert\.Skip\w*")]
    private static partial Regex Skip();
}
