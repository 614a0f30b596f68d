using System.Collections;
using System.Reflection;

namespace Gateway.Configuration;

/// <summary>Carries out what the arguments ask for short of serving.</summary>
internal static class ConfigurationCommand
{
    public const int Failed = 1;
    public const int Misused = 2;

    /// <summary>
    /// The exit code, or null when <paramref name="loaded"/> holds options to serve with. Errors go to <paramref name="error"/>, all of them.
    /// </summary>
    public static int? Run(CommandLine line, ConfigurationLoader loader, TextWriter output, TextWriter error, out LoadResult loaded)
    {
        loaded = new LoadResult();
        if (line.Error is not null)
        {
            error.WriteLine(line.Error);
            error.WriteLine(CommandLine.Usage);
            return Misused;
        }

        switch (line.Mode)
        {
            case CommandLineMode.Help:
                output.WriteLine(CommandLine.Usage);
                return 0;
            case CommandLineMode.Version:
                output.WriteLine(Version());
                return 0;
            case CommandLineMode.Schema:
                output.Write(ConfigurationSchema.Generate(ConfigurationSchema.Documentation()));
                return 0;
        }

        loaded = loader.Load();
        foreach (string note in loaded.Notes)
        {
            error.WriteLine($"note: {note}");
        }

        if (!loaded.IsValid)
        {
            Report(loaded.Errors, error);
            return Failed;
        }

        if (line.Mode == CommandLineMode.Check)
        {
            output.WriteLine(EffectiveConfiguration.ToJson(loaded.Options));
            return 0;
        }

        return null;
    }

    /// <summary>The process environment as the loader takes it.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");

    public static string Version() =>
        typeof(ConfigurationCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
            ?? "unknown";

    private static void Report(IReadOnlyList<ConfigurationError> errors, TextWriter error)
    {
        error.WriteLine($"The configuration has {errors.Count} error{(errors.Count == 1 ? "" : "s")}:");
        foreach (ConfigurationError one in errors)
        {
            error.WriteLine($"  {one}");
        }
    }
}
