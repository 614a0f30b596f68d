using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Tests.Tidy;

namespace Gateway.Tests.Deploy;

/// <summary>The instructions of the image, continued lines and comments resolved.</summary>
internal static partial class Dockerfile
{
    private static readonly Lazy<IReadOnlyList<(string Word, string Text)>> Lines = new(() => [.. Read()]);

    /// <summary>Of the last stage: that is the image.</summary>
    public static IReadOnlyList<(string Word, string Text)> Image => [.. Lines.Value.Skip(Lines.Value.ToList().FindLastIndex(static line => line.Word == "FROM"))];

    public static IReadOnlyList<(string Word, string Text)> All => Lines.Value;

    public static string One(string word) => Image.Single(line => line.Word == word).Text;

    /// <summary>Of an instruction whose arguments are a JSON list, as those without a shell are.</summary>
    public static IReadOnlyList<string> Words(string word) => JsonSerializer.Deserialize<string[]>(One(word)[One(word).IndexOf('[', StringComparison.Ordinal)..])!;

    public static IReadOnlyList<int> Ports => [.. One("EXPOSE").Split(' ').Select(int.Parse)];

    private static IEnumerable<(string Word, string Text)> Read()
    {
        string text = SourceTree.File("Dockerfile").Text.Replace("\\\n", " ", StringComparison.Ordinal);
        return Instruction().Matches(text).Select(static match => (match.Groups["word"].Value, match.Groups["rest"].Value.Trim()));
    }

    [GeneratedRegex(@"^(?<word>[A-Z]+) (?<rest>.+)$", RegexOptions.Multiline)]
    private static partial Regex Instruction();
}
