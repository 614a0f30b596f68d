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
                return Print(CommandLine.Usage, output, error);
            case CommandLineMode.Version:
                return Print(Version(), output, error);
            case CommandLineMode.Schema:
                return Print(ConfigurationSchema.Generate(ConfigurationSchema.Documentation()).TrimEnd('\n'), output, error);
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
            return Print(EffectiveConfiguration.ToJson(loaded.Options), output, error);
        }

        return null;
    }

    /// <summary>The process environment as the loader takes it.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");

    public static string Version() =>
        typeof(ConfigurationCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
            ?? "unknown";

    /// <summary>What was asked for and could not be printed, on a full disk for one, was not done.</summary>
    private static int Print(string text, TextWriter output, TextWriter error)
    {
        try
        {
            output.WriteLine(text);
            return 0;
        }
        catch (IOException e)
        {
            error.WriteLine($"standard output: {e.Message.TrimEnd('.')}. Make room, or print elsewhere.");
            return Failed;
        }
    }

    private static void Report(IReadOnlyList<ConfigurationError> errors, TextWriter error)
    {
        error.WriteLine($"The configuration has {errors.Count} error{(errors.Count == 1 ? "" : "s")}:");
        foreach (ConfigurationError one in errors)
        {
            error.WriteLine($"  {one}");
        }
    }
}
