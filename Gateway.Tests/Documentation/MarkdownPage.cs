using System.Text.RegularExpressions;
using Gateway.Tests.Tidy;

namespace Gateway.Tests.Documentation;

/// <summary>What of a document can be checked: where it leads, what it tells to run, what it gives as an example.</summary>
internal sealed partial class MarkdownPage(SourceFile file)
{
    public static IReadOnlyList<MarkdownPage> All { get; } =
        [.. SourceTree.All.Where(static file => file.Path.EndsWith(".md", StringComparison.Ordinal)).Select(static file => new MarkdownPage(file))];

    public string Path => file.Path;

    /// <summary>Targets of links into the tree, with their anchors.</summary>
    public IEnumerable<string> Links => Link().Matches(WithoutBlocks()).Select(static match => match.Groups["target"].Value)
        .Where(static target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal));

    /// <summary>Names of make targets it speaks of.</summary>
    public IEnumerable<string> MakeTargets => Make().Matches(WithoutBlocks()).Concat(Blocks("console", "bash", "").SelectMany(static block => MakeLine().Matches(block)))
        .Select(static match => match.Groups["target"].Value);

    /// <summary>Anchors of its headings, as hosting sites make them.</summary>
    public IReadOnlySet<string> Anchors => Heading().Matches(WithoutBlocks())
        .Select(static match => NotInAnchors().Replace(match.Groups["text"].Value.ToLowerInvariant(), "").Replace(' ', '-')).ToHashSet();

    /// <summary>The text of code blocks in a language.</summary>
    public IEnumerable<string> Blocks(params string[] languages) => Block().Matches(file.Text)
        .Where(match => languages.Contains(match.Groups["language"].Value)).Select(static match => match.Groups["text"].Value);

    /// <summary>What is wrong with a link; null when it leads somewhere.</summary>
    public string? Broken(string target)
    {
        string[] parts = target.Split('#', 2);
        string path = parts[0].Length == 0
            ? file.Path
            : System.IO.Path.GetRelativePath(SourceTree.Root, System.IO.Path.GetFullPath(System.IO.Path.Combine(SourceTree.Root, System.IO.Path.GetDirectoryName(file.Path)!, parts[0])));
        string full = System.IO.Path.Combine(SourceTree.Root, path);
        if (!File.Exists(full) && !Directory.Exists(full))
        {
            return $"{file.Path}: {target}: there is no {path}";
        }

        bool isFound = parts.Length == 1 || All.Any(page => page.Path == path.Replace('\\', '/') && page.Anchors.Contains(parts[1]));
        return isFound ? null : $"{file.Path}: {target}: {path} has no such heading";
    }

    private string WithoutBlocks() => Block().Replace(file.Text, "");

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`make (?<target>[a-z]+)\b")]
    private static partial Regex Make();

    [GeneratedRegex(@"^make (?<target>[a-z]+)\b", RegexOptions.Multiline)]
    private static partial Regex MakeLine();

    [GeneratedRegex(@"^#{1,6} (?<text>.+?) *$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
