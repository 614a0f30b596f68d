using Load.Driver.Http;
using Load.Driver.Observing;
using Load.Driver.Options;
using Load.Driver.Targets;

namespace Load.Driver.Scenarios;

/// <summary>All scenarios by name, with their sizes and limits.</summary>
internal static class ScenarioCatalog
{
    public static readonly IReadOnlyList<string> Names = ["small", "sse", "azure", "limited", "limitedsse", "hit", "observed", "paced", "body200k", "streams10k", "burst"];

    private const int SmallRequests = 20_000;

    // A round of the others takes a second or more; so few hits would take a fraction of one.
    private const int Hits = 80_000;

    // What is done once a second (points leave, somebody scrapes) and what is waited for at a round's end must not weigh more than in an hour.
    private const int ObservedRequests = 60_000;
    private const int PacedRequests = 6_000;
    private const int PacePerSecond = 1_000;
    private const int Streams = 96;
    private const int StreamTokens = 200;

    // Twice the connections at a pace that the timers of an upstream (ticks of 4 ms) can keep: chunks that leave together are carried together, and
    // the cost of a chunk would be the cost of half a one. The report shows it as chunks/read.
    private const int StreamConnectionFactor = 2;
    private const int StreamTokensPerSecond = 160;
    private const int LargeRequests = 1_000;
    private const int LargeBytes = 200_000;
    private const int AnswerTokens = 16;
    private const string Limited = "gateway+limits";

    private static readonly IReadOnlyDictionary<string, string> NoEnvironment = new Dictionary<string, string>();

    private static readonly Target Bare = new("bare", TargetKind.Bare, NoEnvironment);

    public static IScenario Create(string name, DriverOptions options, int streamsAtOnce, Simulator simulator, ObservationSink sink) => name switch
    {
        "small" => Cpu(
            name,
            "small chat requests, plain answers of 16 tokens",
            PlainPlan(ChatBodies.Small(stream: false), options),
            [new Limit(Metric.CpuPerRequest, 1.5, "bare")],
            options,
            simulator),
        "sse" => Cpu(name, StreamsText, StreamPlan(options), [new Limit(Metric.CpuPerChunk, 1.2, "bare")], options, simulator),
        "azure" => Cpu(
            name,
            StreamsText + ", the same from OpenAI's face of the upstream and, with the model's name restored in every chunk, from Azure's",
            StreamPlan(options),
            [new Limit(Metric.CpuPerChunk, 1.1, "gateway")],
            options,
            simulator,
            [Gateway("gateway"), Gateway("gateway+azure", GatewayShape.Azure)]),
        "limited" => Cpu(
            name,
            "small chat requests, plain answers of 16 tokens, without limits and with a client's key, limits on its requests and tokens, and the prompt counted",
            PlainPlan(ChatBodies.Small(stream: false), options),
            [new Limit(Metric.CpuPerRequest, 2, "gateway", Limited, IsDifference: true), new Limit(Metric.CpuPerRequest, 1.5, "bare", Limited)],
            options,
            simulator,
            [Gateway("gateway"), Gateway(Limited, GatewayShape.Limited), Bare]),
        "limitedsse" => Cpu(
            name,
            StreamsText + ", with a client's key and limits: their usage is asked for and taken out again",
            StreamPlan(options),
            [new Limit(Metric.CpuPerChunk, 1.2, "bare", Limited)],
            options,
            simulator,
            [Gateway(Limited, GatewayShape.Limited), Bare]),
        "hit" => Cpu(
            name,
            "small chat requests with temperature 0 and a seed, answered from the gateway's cache",
            PlainPlan(ChatBodies.Cacheable(), options, Hits),
            [new Limit(Metric.CpuPerRequest, 0.6, "bare")],
            options,
            simulator,
            [Gateway("gateway"), Bare],
            isCached: true),
        "observed" => new ObservedScenario
        {
            Plan = PlainPlan(ChatBodies.Small(stream: false), options, ObservedRequests),
            Sink = sink,
            EarlierGateway = options.EarlierPath,
            Rounds = options.Rounds,
            WarmUps = options.WarmUps,
        },
        "paced" => new PacedScenario
        {
            Plan = PlainPlan(ChatBodies.Small(stream: false), options, PacedRequests) with { PerSecond = PacePerSecond },
            Rounds = options.Rounds,
            WarmUps = options.WarmUps,
        },
        "body200k" => Cpu(
            name,
            "chat requests of 200 KB, plain answers of 16 tokens",
            PlainPlan(ChatBodies.Conversation(LargeBytes), options, LargeRequests),
            [new Limit(Metric.CpuPerRequest, 1.5, "bare")],
            options,
            simulator),
        "streams10k" => new SlowStreamsScenario(streamsAtOnce, options.Streams, options.MemoryRounds),
        "burst" => new BurstScenario(options.MemoryRounds),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "unknown scenario"),
    };

    private static string StreamsText => $"streams of {StreamTokens} chunks, {StreamTokensPerSecond} a second on each connection";

    private static LoadPlan PlainPlan(byte[] body, DriverOptions options, int requests = SmallRequests) => new(
        RequestBytes.Chat(body, Knobs(AnswerTokens, 0)), options.Connections, Scaled(requests, options), MinimumEvents: 0);

    private static LoadPlan StreamPlan(DriverOptions options) => new(
        RequestBytes.Chat(ChatBodies.Small(stream: true), Knobs(StreamTokens, StreamTokensPerSecond)),
        StreamConnectionFactor * options.Connections,
        Scaled(Streams, options),
        StreamTokens);

    private static Target Gateway(string name, GatewayShape shape = GatewayShape.Plain) => new(name, TargetKind.Gateway, NoEnvironment, shape);

    private static CpuScenario Cpu(
        string name,
        string what,
        LoadPlan plan,
        IReadOnlyList<Limit> limits,
        DriverOptions options,
        Simulator simulator,
        IReadOnlyList<Target>? targets = null,
        bool isCached = false) => new()
        {
            Name = name,
            Summary = $"{plan.Requests} {what}, on {plan.Connections} connections",
            Plan = plan,
            Limits = limits,
            IsCached = isCached,
            OwnTargets = targets,
            Rounds = options.Rounds,
            WarmUps = options.WarmUps,
            Simulator = simulator,
        };

    private static Dictionary<string, double> Knobs(int tokens, int tokensPerSecond) => new()
    {
        ["x-sim-tokens"] = tokens,
        ["x-sim-ttft-ms"] = 0,
        ["x-sim-tps"] = tokensPerSecond,
    };

    private static int Scaled(int requests, DriverOptions options) => Math.Max(options.Connections, (int)(requests * options.Scale));
}
