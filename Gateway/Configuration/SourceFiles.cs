using System.Text.RegularExpressions;

namespace Gateway.Configuration;

/// <summary>Which files make up the configuration. Later ones win.</summary>
internal sealed partial class SourceFiles
{
    private const string DefaultFile = "config.json";

    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    private readonly List<string> _present = [];
    private readonly List<string> _watched = [];
    private readonly List<ConfigurationError> _errors = [];

    public IReadOnlyList<string> Present => _present;

    public IReadOnlyList<string> Watched => _watched;

    public IReadOnlyList<ConfigurationError> Errors => _errors;

    /// <param name="line">Names the file or folder, and perhaps the environment.</param>
    /// <param name="environment">The environment's name from whatever source; null = none.</param>
    /// <param name="workingDirectory">Where relative paths start.</param>
    public static SourceFiles Find(CommandLine line, string? environment, string workingDirectory)
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
        bool found = folder
            ? files.Add([.. Extensions.Select(extension => Path.Combine(root, "base" + extension))])
            : files.Add([root]);
        if (!found && line.Config is not null)
        {
            files._errors.Add(folder
                ? new ConfigurationError(line.Config, "holds no base.yaml.", "Put base.yaml (or base.json) into the folder.")
                : new ConfigurationError(line.Config, "does not exist.", "Name an existing file or folder with --config."));
        }

        if (environment is not null && !files.AddOverlay(root, folder, environment) && line.Environment is not null)
        {
            // The variable ENVIRONMENT is set for many reasons; the argument is set for this one only.
            files._errors.Add(new ConfigurationError("--environment", $"there is no overlay file for \"{environment}\".",
                $"Create {files._watched[^1]}, or leave the argument out."));
        }

        return files;
    }

    private bool AddOverlay(string root, bool folder, string environment)
    {
        if (folder)
        {
            return Add([.. Extensions.Select(extension => Path.Combine(root, environment + extension))]);
        }

        string extension = Path.GetExtension(root);
        return Add([$"{root[..^extension.Length]}.{environment}{extension}"]);
    }

    /// <summary>Takes the first of the candidates that exists, and watches all.</summary>
    private bool Add(string[] candidates)
    {
        _watched.AddRange(candidates);
        if (Array.Find(candidates, File.Exists) is not { } file)
        {
            return false;
        }

        _present.Add(file);
        return true;
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex EnvironmentName();
}
