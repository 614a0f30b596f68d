using System.Text.Json.Nodes;

namespace Gateway.Configuration;

/// <summary>
/// Puts the sources together, last wins: defaults, file, overlay file, <c>.env</c>, environment, command line. Reads files and nothing else of the
/// machine; may be asked again and again.
/// </summary>
/// <param name="line">The arguments.</param>
/// <param name="environment">The process environment; it cannot change while the process lives.</param>
/// <param name="workingDirectory">Where relative paths start and <c>.env</c> is looked for.</param>
internal sealed class ConfigurationLoader(CommandLine line, IReadOnlyDictionary<string, string> environment, string workingDirectory)
{
    private const string EnvironmentVariable = "ENVIRONMENT";

    public LoadResult Load()
    {
        var errors = new List<ConfigurationError>();
        var watched = new FileStamps();
        string dotEnvPath = Path.Combine(workingDirectory, DotEnvFile.FileName);
        watched.Add(dotEnvPath);
        string? dotEnvFile = File.Exists(dotEnvPath) ? dotEnvPath : null;
        IReadOnlyDictionary<string, string> dotEnv = dotEnvFile is null ? new Dictionary<string, string>() : DotEnvFile.Read(dotEnvFile, errors);
        Dictionary<string, string> variables = Overlay(dotEnv, environment);

        string? name = line.Environment ?? (variables.TryGetValue(EnvironmentVariable, out string? value) && value.Length > 0 ? value : null);
        SourceFiles files = SourceFiles.Find(line, name, workingDirectory, watched);
        errors.AddRange(files.Errors);
        string?[] layers = [files.Main, files.Overlay];
        var tree = new JsonObject();
        foreach (string file in layers.OfType<string>())
        {
            if (FileTree.Read(file, errors) is { } layer)
            {
                FileTree.Merge(tree, layer);
            }
        }

        var result = new LoadResult { Sources = [.. layers, dotEnvFile], Watched = watched, Notes = files.Note is { } note ? [note] : [] };

        // Half a configuration would only breed errors that are none.
        return errors.Count > 0 ? result with { Errors = errors } : Bind(tree, dotEnv, variables, result);
    }

    private LoadResult Bind(JsonObject tree, IReadOnlyDictionary<string, string> dotEnv, Dictionary<string, string> variables, LoadResult result)
    {
        var context = new ReadContext();
        var notes = new List<string>(result.Notes);
        var substitution = new Substitution(variables, context);
        JsonObject filled = substitution.Apply(tree);
        var table = new EnvironmentVariables(filled, context, substitution.Used, notes);
        table.Apply(dotEnv);
        table.Apply(environment);
        table.Finish();
        GatewayOptions options = NodeReader.Read(filled, context, GatewayBinder.Bind);
        CheckStateFile(options.StateFile, context);
        return context.Errors.Count > 0
            ? result with { Errors = context.Errors, Notes = notes }
            : result with { Options = options with { Configured = context.Configured }, Notes = [.. notes.Distinct()] };
    }

    /// <summary>Whoever names a device means to keep nothing; saved to, the device would be gone.</summary>
    private void CheckStateFile(string path, ReadContext context)
    {
        if (path.Length > 0 && !context.HasErrorIn("state_file") && RegularFile.IsSomethingElse(Path.GetFullPath(path, workingDirectory)))
        {
            context.Add("state_file", $"\"{path}\" is there, and is no regular file", "Name a file, or leave it empty (\"\"): empty keeps nothing.");
        }
    }

    private static Dictionary<string, string> Overlay(IReadOnlyDictionary<string, string> below, IReadOnlyDictionary<string, string> above)
    {
        var merged = new Dictionary<string, string>(below);
        foreach ((string name, string value) in above)
        {
            // An empty variable counts as unset, so it hides nothing.
            if (value.Length > 0)
            {
                merged[name] = value;
            }
        }

        return merged;
    }
}
