using System.Globalization;
using Load.Driver.Scenarios;
using Load.Driver.Targets;

namespace Load.Driver.Options;

/// <summary>Reads the command line: every option has a value, some may be repeated.</summary>
internal static class CommandLine
{
    public const string Usage = """
        usage: Driver [options]
          --scenarios small,sse,...                         which to run (default: all: small, sse, azure, limited,
                                                            limitedsse, hit, observed, paced, body200k, streams10k,
                                                            burst)
          --targets gateway,bare,nginx                      whom to measure (default: all; nginx only if it is installed)
          --rounds n --warmups n --memory-rounds n          default 7, 6 and 1
          --connections n --streams n --scale x             default 16, 10000 and 1
          --tier 1|2|3                                      which port of the gateway takes the load (default 1)
          --gateway-env K=V                                 for every gateway target (repeatable)
          --variant name:K=V[,K=V...]                       adds the target gateway+name (repeatable)
          --bare-variant name:K=V[,K=V...]                  adds the target bare+name (repeatable)
          --simulator path --gateway path --bare path       a .dll or an executable (default: the Release build in this repository)
          --earlier path                                    a gateway of an earlier commit, for observed to be held against
          --nginx path                                      default /usr/sbin/nginx
          --report path|none                                default benchmarks/results/load-<date>.md
        """;

    private const int MaxRounds = 100;
    private const int MaxConnections = 10_000;

    private static readonly string[] Known =
    [
        "scenarios", "targets", "rounds", "warmups", "memory-rounds", "connections", "streams", "scale", "tier", "gateway-env", "variant",
        "bare-variant", "simulator", "gateway", "earlier", "bare", "nginx", "report",
    ];

    public static DriverOptions Parse(IReadOnlyList<string> arguments, string repository, DateOnly today)
    {
        ILookup<string, string> given = Read(arguments);
        string nginx = One(given, "nginx") ?? "/usr/sbin/nginx";
        string? report = One(given, "report");
        return new DriverOptions
        {
            Repository = repository,
            Scenarios = Names(given, "scenarios", ScenarioCatalog.Names),
            Targets = Targets(given, nginx),
            SimulatorPath = Built(One(given, "simulator"), repository, "benchmarks/UpstreamSimulator", "UpstreamSimulator.dll"),
            GatewayPath = Built(One(given, "gateway"), repository, "Gateway", "Gateway.dll"),
            EarlierPath = One(given, "earlier") is { } earlier ? Path.GetFullPath(earlier) : null,
            BarePath = Built(One(given, "bare"), repository, "benchmarks/load/BareProxy", "BareProxy.dll"),
            NginxPath = nginx,
            ReportPath = report == "none"
                ? null
                : Path.GetFullPath(report ?? Path.Combine(repository, "benchmarks/results", $"load-{today:yyyy-MM-dd}.md")),
            Rounds = Number(given, "rounds", 7, 1, MaxRounds),
            WarmUps = Number(given, "warmups", 6, 0, MaxRounds),
            MemoryRounds = Number(given, "memory-rounds", 1, 1, MaxRounds),
            Connections = Number(given, "connections", 16, 1, MaxConnections),
            Streams = Number(given, "streams", 10_000, 1, 25_000),
            Tier = Number(given, "tier", 1, 1, 3),
            Scale = Scale(given),
        };
    }

    private static ILookup<string, string> Read(IReadOnlyList<string> arguments)
    {
        var pairs = new List<(string Name, string Value)>();
        for (int i = 0; i < arguments.Count; i += 2)
        {
            string name = arguments[i].StartsWith("--", StringComparison.Ordinal) ? arguments[i][2..] : "";
            if (!Known.Contains(name))
                throw new OptionsException($"unknown option '{arguments[i]}'");
            if (i + 1 == arguments.Count)
                throw new OptionsException($"--{name} needs a value");
            pairs.Add((name, arguments[i + 1]));
        }

        return pairs.ToLookup(pair => pair.Name, pair => pair.Value);
    }

    private static List<Target> Targets(ILookup<string, string> given, string nginx)
    {
        var targets = new List<Target>();
        Dictionary<string, string> gatewayEnvironment = Environment(given["gateway-env"]);
        foreach (string name in Names(given, "targets", ["gateway", "bare", "nginx"]))
        {
            if (name == "gateway")
            {
                targets.Add(new Target(name, TargetKind.Gateway, gatewayEnvironment));
                targets.AddRange(given["variant"].Select(text => Variant(text, name, TargetKind.Gateway, gatewayEnvironment)));
            }
            else if (name == "bare")
            {
                targets.Add(new Target(name, TargetKind.Bare, new Dictionary<string, string>()));
                targets.AddRange(given["bare-variant"].Select(text => Variant(text, name, TargetKind.Bare, new Dictionary<string, string>())));
            }
            else if (File.Exists(nginx))
            {
                targets.Add(new Target(name, TargetKind.Nginx, new Dictionary<string, string>()));
            }
        }

        return targets;
    }

    private static Target Variant(string text, string of, TargetKind kind, Dictionary<string, string> environment)
    {
        if (text.Split(':', 2) is not [{ Length: > 0 } name, { Length: > 0 } settings] || !name.All(char.IsLetterOrDigit))
            throw new OptionsException($"'{text}' is not name:K=V,K=V");
        var own = new Dictionary<string, string>(environment);
        foreach ((string key, string value) in Environment(settings.Split(',')))
            own[key] = value;
        return new Target($"{of}+{name}", kind, own);
    }

    private static Dictionary<string, string> Environment(IEnumerable<string> settings)
    {
        var environment = new Dictionary<string, string>();
        foreach (string setting in settings)
        {
            if (setting.Split('=', 2) is not [{ Length: > 0 } key, var value])
                throw new OptionsException($"'{setting}' is not K=V");
            environment[key] = value;
        }

        return environment;
    }

    private static IReadOnlyList<string> Names(ILookup<string, string> given, string option, IReadOnlyList<string> all)
    {
        if (One(given, option) is not { } text)
            return all;
        string[] names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.FirstOrDefault(name => !all.Contains(name)) is { } unknown)
            throw new OptionsException($"--{option}: '{unknown}' is none of {string.Join(", ", all)}");
        return [.. names.Distinct()];
    }

    private static string Built(string? given, string repository, string project, string file) =>
        Path.GetFullPath(given ?? Path.Combine(repository, project, "bin/Release/net10.0", file));

    private static string? One(ILookup<string, string> given, string name) =>
        given[name].Count() <= 1 ? given[name].FirstOrDefault() : throw new OptionsException($"--{name} is given twice");

    private static int Number(ILookup<string, string> given, string name, int otherwise, int min, int max)
    {
        if (One(given, name) is not { } text)
            return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= min && number <= max
            ? number
            : throw new OptionsException($"--{name} must be a number from {min} to {max}, not '{text}'");
    }

    private static double Scale(ILookup<string, string> given)
    {
        if (One(given, "scale") is not { } text)
            return 1;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double scale) && scale is > 0 and <= 20
            ? scale
            : throw new OptionsException($"--scale must be above 0 and at most 20, not '{text}'");
    }
}
