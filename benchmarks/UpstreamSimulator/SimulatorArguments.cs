using System.Globalization;

namespace UpstreamSimulator;

/// <summary>The command line: either <see cref="Options"/>, or why there are none: its help was asked for, or an <see cref="Error"/> is to be printed.</summary>
internal sealed record SimulatorArguments(SimulatorOptions? Options, string Error)
{
    public const string Usage = """
        Usage: UpstreamSimulator [--port N] [--concurrency N] [--ttft-ms N] [--tokens-per-second N] [--tokens N] [--help]

          --port               the loopback port to listen on; 0 takes a free one. Default: 9900.
          --concurrency        calls served at once; one more is refused with 429. Default: 0, no limit.
          --ttft-ms            milliseconds before the first token. Default: 0.
          --tokens-per-second  tokens per second after the first. Default: 0, all at once.
          --tokens             tokens of an answer, unless the request asks for fewer. Default: 16.
          --help               print this.
        """;

    public bool IsHelp { get; private init; }

    public static SimulatorArguments Parse(IReadOnlyList<string> args)
    {
        // A load run keeps no requests; only a test in the same process could read them.
        SimulatorOptions options = new() { Record = false };
        if (args.Any(static arg => arg is "--help" or "-h")) return new SimulatorArguments(null, "") { IsHelp = true };

        for (int i = 0; i < args.Count; i++)
        {
            string name = args[i];
            string? value = null;
            int equals = name.IndexOf('=', StringComparison.Ordinal);
            if (equals >= 0) (name, value) = (name[..equals], name[(equals + 1)..]);
            else if (i + 1 < args.Count) value = args[++i];

            if (Apply(options, name, value) is not { } next) return Failure(name, value);
            options = next;
        }

        return new SimulatorArguments(options, "");
    }

    private static SimulatorOptions? Apply(SimulatorOptions options, string name, string? value)
    {
        if (!double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)) return null;
        bool whole = number == Math.Floor(number) && number <= int.MaxValue;
        return name switch
        {
            "--port" when whole && number <= 65535 => options with { Port = (int)number },
            "--concurrency" when whole => options with { Concurrency = (int)number },
            "--ttft-ms" when whole => options with { TtftMs = (int)number },
            "--tokens" when whole => options with { Tokens = (int)number },
            "--tokens-per-second" => options with { TokensPerSecond = number },
            _ => null,
        };
    }

    private static SimulatorArguments Failure(string name, string? value) =>
        new(null, $"bad argument: {name}{(value is null ? " (no value)" : " " + value)}\n{Usage}");
}
