namespace Gateway.Tests.Tidy;

/// <summary>The repository this test assembly was built in.</summary>
internal static class SourceTree
{
    private static readonly HashSet<string> NotOurs = new(StringComparer.OrdinalIgnoreCase) { "bin", "obj", ".git", ".ci", ".vs", ".idea", "node_modules", "TestResults", "artifacts", "publish" };

    private static readonly HashSet<string> TextEndings = new(StringComparer.OrdinalIgnoreCase)
    {
        ".cs", ".csproj", ".props", ".targets", ".sln", ".json", ".yml", ".yaml", ".md", ".txt", ".html", ".css", ".js", ".sh", ".conf", ".service", ".example", ".dockerignore", "",
    };

    public static string Root { get; } = FindRoot();

    /// <summary>Every text file we wrote.</summary>
    public static IReadOnlyList<SourceFile> All { get; } = [.. Walk(Root).OrderBy(static file => file.Path, StringComparer.Ordinal)];

    public static IReadOnlyList<SourceFile> CSharp { get; } = [.. All.Where(static file => file.Path.EndsWith(".cs", StringComparison.Ordinal))];

    /// <summary>One file by its path below the root.</summary>
    public static SourceFile File(string path) => All.Single(file => file.Path == path);

    private static IEnumerable<SourceFile> Walk(string folder)
    {
        foreach (string child in Directory.EnumerateDirectories(folder).Where(static child => !NotOurs.Contains(Path.GetFileName(child))))
        {
            foreach (SourceFile file in Walk(child))
            {
                yield return file;
            }
        }

        foreach (string path in Directory.EnumerateFiles(folder))
        {
            if (TextEndings.Contains(Path.GetExtension(path)) && Path.GetFileName(path) != ".git")
            {
                yield return new SourceFile(Path.GetRelativePath(Root, path).Replace('\\', '/'), System.IO.File.ReadAllText(path));
            }
        }
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder, "Gateway.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
