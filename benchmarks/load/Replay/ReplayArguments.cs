using System.Diagnostics.CodeAnalysis;

namespace Load.Replay;

/// <summary>The command line.</summary>
/// <param name="Folder">Where the trace files are.</param>
/// <param name="MarkdownFile">Where to write the report as well; null for nowhere.</param>
internal sealed record ReplayArguments(string Folder, string? MarkdownFile)
{
    public const string Usage = "usage: Replay <folder with " + AzureTrace.CodeFile + " and " + AzureTrace.ConversationFile + "> [--markdown <file>]";

    private const string MarkdownOption = "--markdown";

    public static bool TryParse(IReadOnlyList<string> args, [NotNullWhen(true)] out ReplayArguments? arguments)
    {
        arguments = args switch
        {
            [var folder] when IsValue(folder) => new ReplayArguments(folder, MarkdownFile: null),
            [var folder, MarkdownOption, var file] when IsValue(folder) && IsValue(file) => new ReplayArguments(folder, file),
            [MarkdownOption, var file, var folder] when IsValue(folder) && IsValue(file) => new ReplayArguments(folder, file),
            _ => null,
        };
        return arguments is not null;
    }

    private static bool IsValue(string arg) => arg.Length > 0 && arg[0] != '-';
}
