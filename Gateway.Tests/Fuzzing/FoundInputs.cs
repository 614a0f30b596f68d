using System.Security.Cryptography;
using Gateway.Tests.Tidy;

namespace Gateway.Tests.Fuzzing;

/// <summary>Inputs that once violated something: a folder for each target, a file for each input, tried by every run from then on.</summary>
internal static class FoundInputs
{
    private const string Ending = ".input";

    private static string Folder { get; } = Path.Combine(SourceTree.Root, "Gateway.Tests", "Fuzzing", "Found");

    /// <summary>Names of the folders.</summary>
    public static IReadOnlyList<string> Targets => [.. Directory.EnumerateDirectories(Folder).Select(static path => Path.GetFileName(path)!)];

    public static IReadOnlyList<(string Name, byte[] Input)> Of(string target)
    {
        string folder = Path.Combine(Folder, target);
        return !Directory.Exists(folder)
            ? []
            : [.. Directory.EnumerateFiles(folder, "*" + Ending).Order(StringComparer.Ordinal).Select(static path => (Path.GetFileName(path), File.ReadAllBytes(path)))];
    }

    /// <summary>Returns where it was put.</summary>
    public static string Keep(string target, byte[] input)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Folder, target)).FullName;
        string path = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, 6)) + Ending);
        File.WriteAllBytes(path, input);
        return path;
    }
}
