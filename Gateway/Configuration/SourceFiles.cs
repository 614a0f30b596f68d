using System.Text.RegularExpressions;

namespace Gateway.Configuration;

/// <summary>Which files make up the configuration. Later ones win.</summary>
internal sealed partial class SourceFiles
{
    private const string DefaultFile = "config.json";

    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    private readonly List<ConfigurationError> _errors = [];

    /// <summary>The file itself, or the folder's base; null = there is none.</summary>
    public string? Main { get; private set; }

    /// <summary>The environment's; null = there is none.</summary>
    public string? Overlay { get; private set; }

    public IReadOnlyList<ConfigurationError> Errors => _errors;

    /// <summary>What is no error, and may well be a mistake; null = nothing.</summary>
    public string? Note { get; private set; }

    /// <param name="line">Names the file or folder, and perhaps the environment.</param>
    /// <param name="environment">The environment's name from whatever source; null = none.</param>
    /// <param name="workingDirectory">Where relative paths start.</param>
    /// <param name="watched">Gets all that is looked for.</param>
    public static SourceFiles Find(CommandLine line, string? environment, string workingDirectory, FileStamps watched)
    {
        var files = new SourceFiles();
        if (environment is not null && !EnvironmentName().IsMatch(environment))
        {
            files._errors.Add(new ConfigurationError("ENVIRONMENT", $"\"{environment}\" cannot be part of a file name.",
                "Use letters, digits, \"_\" and \"-\"."));
            environment = null;
        }

        string root = Path.GetFullPath(line.Config ?? DefaultFile, workingDirectory);
        bool folder = Directory.Exists(root);
        files.Main = FirstOf(Candidates("base", root), watched);
        if (files.Main is null && line.Config is not null)
        {
            files._errors.Add(folder
                ? new ConfigurationError(line.Config, "holds no base.yaml.", "Put base.yaml (or base.json) into the folder.")
                : new ConfigurationError(line.Config, "does not exist.", "Name an existing file or folder with --config."));
        }

        if (environment is null)
        {
            return files;
        }

        string extension = Path.GetExtension(root);
        string[] overlays = Candidates(environment, $"{root[..^extension.Length]}.{environment}{extension}");
        files.Overlay = FirstOf(overlays, watched);
        if (files.Overlay is null && line.Environment is not null)
        {
            files._errors.Add(new ConfigurationError("--environment", $"there is no overlay file for \"{environment}\".",
                $"Create {overlays[0]}, or leave the argument out."));
        }
        else if (files.Overlay is null)
        {
            // The variable is set for many reasons; the argument is set for this one only.
            files.Note = $"ENVIRONMENT lays nothing over the configuration: there is no {overlays[0]}.";
        }

        return files;

        string[] Candidates(string name, string file) => folder ? [.. Extensions.Select(extension => Path.Combine(root, name + extension))] : [file];
    }

    /// <summary>The first of the candidates that exists. Watches all.</summary>
    private static string? FirstOf(string[] candidates, FileStamps watched)
    {
        watched.Add(candidates);
        return Array.Find(candidates, File.Exists);
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex EnvironmentName();
}
