namespace Gateway.Tests.Tidy;

/// <summary>One file of the repository.</summary>
/// <param name="Path">Below the repository's root, with slashes.</param>
internal sealed record SourceFile(string Path, string Text)
{
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>The folders it lies in, outermost first.</summary>
    public IReadOnlyList<string> Folders => Path.Split('/')[..^1];

    /// <summary>Lines as an editor counts them.</summary>
    public int LineCount => Text.AsSpan().TrimEnd('\n').Count('\n') + 1;

    public override string ToString() => Path;
}
