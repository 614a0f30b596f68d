using System.Globalization;

namespace Gateway.Configuration;

/// <summary>What the process was asked to do. Pure: no process state is read.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        Usage: Gateway [--config <file or folder>] [--environment <name>] [--check] [--health <port>] [--help] [--version]

          --config       a JSON or YAML file, or a folder with base.yaml and <environment>.yaml.
                         Default: config.json in the working directory if there is one.
          --environment  name of the overlay, such as "production" for config.production.json.
                         Default: the variable ENVIRONMENT.
          --check        check the configuration, print it without secrets, and exit with 0 or 1.
          --health       ask the gateway that listens on this port of this machine whether it lives, and exit with 0 or 1.
          --help         print this.
          --version      print the version.
        """;

    public CommandLineMode Mode { get; init; }

    public string? Config { get; init; }

    public string? Environment { get; init; }

    /// <summary>The port to ask. Given, and not read from the configuration: a spoiled file must not make a running gateway look dead.</summary>
    public int HealthPort { get; init; }

    /// <summary>Why the arguments cannot be followed; null when they can.</summary>
    public string? Error { get; init; }

    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        var line = new CommandLine();
        for (int i = 0; i < args.Count && line.Error is null; i++)
        {
            string[] parts = args[i].Split('=', 2);
            string? value = parts.Length == 2 ? parts[1] : null;
            line = (parts[0], value) switch
            {
                ("--check", null) => line with { Mode = CommandLineMode.Check },
                ("--help" or "-h", null) => line with { Mode = CommandLineMode.Help },
                ("--version", null) => line with { Mode = CommandLineMode.Version },
                ("--schema", null) => line with { Mode = CommandLineMode.Schema },
                ("--config" or "--environment" or "--health", _) => WithValue(line, parts[0], value ?? (++i < args.Count ? args[i] : "")),
                _ => line with { Error = $"Unknown argument \"{args[i]}\"." },
            };
        }

        return line;
    }

    private static CommandLine WithValue(CommandLine line, string name, string value)
    {
        if (value.Length == 0 || value.StartsWith("--", StringComparison.Ordinal))
        {
            return line with { Error = $"{name} needs a value." };
        }

        return name switch
        {
            "--config" => line with { Config = value },
            "--environment" => line with { Environment = value },
            _ when ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0 =>
                line with { Mode = CommandLineMode.Health, HealthPort = port },
            _ => line with { Error = $"{name} needs a port, and \"{value}\" is none." },
        };
    }
}
