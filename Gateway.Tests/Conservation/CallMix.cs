using System.Globalization;

namespace Gateway.Tests.Conservation;

/// <summary>
/// What comes at a gateway in a bad hour: every kind of call on every tier, callers that leave, faults of the upstream, repeated questions, wrong
/// keys and bodies. The same seed makes the same calls.
/// </summary>
internal sealed class CallMix(int seed)
{
    public const string Anna = "sk-anna";
    public const string Ben = "sk-ben";

    /// <summary>Has a handful of requests a minute.</summary>
    public const string Thrifty = "sk-thrifty";

    private const int Questions = 40;

    /// <summary>Of so many calls in a row the popular ones ask the same: while the first of them is under way the others come.</summary>
    private const int SameAtOnce = 100;

    private const string Malformed = """{"model":"m","model":"n","messages":[]}""";

    private static readonly string[] Models = ["gpt-4o", "gpt-4o-mini", "llama-3.1"];

    /// <summary>Chances in a hundred, and what they make.</summary>
    private static readonly (int Chance, Func<CallMix, Random, MixedCall, MixedCall> Make)[] Kinds =
    [
        (23, static (_, random, call) => call with { Kind = "chat", Body = Chat(random, stream: false, tools: true), Knobs = Pace(random) }),
        (17, static (_, random, call) => call with { Kind = "stream", Body = Chat(random, stream: true, tools: true), Knobs = Pace(random) }),
        (9, static (_, random, call) => call with { Kind = "cacheable", Body = Deterministic(random), Knobs = Pace(random) }),
        (4, static (mix, _, call) => call with
        {
            Kind = "popular", Path = "/v1/embeddings", Body = $$"""{"model":"e","input":"news {{mix._made / SameAtOnce}}"}""", Knobs = ["ttft-ms=40"],
        }),
        (7, static (_, random, call) => call with
        {
            Kind = "embeddings", Path = "/v1/embeddings", Body = $$"""{"model":"e","input":"text {{random.Next(Questions)}}"}""", Knobs = Pace(random),
        }),
        (3, static (_, random, call) => call with { Kind = "responses", Path = "/v1/responses", Body = """{"model":"gpt-4o","input":"hi"}""", Knobs = Pace(random) }),
        (2, static (_, random, call) => call with { Kind = "completions", Path = "/v1/completions", Body = """{"model":"m","prompt":"hi"}""", Knobs = Pace(random) }),
        (2, static (_, _, call) => call with { Kind = "moderations", Path = "/v1/moderations", Body = """{"model":"m","input":"hi"}""" }),
        (3, static (_, _, call) => call with { Kind = "models", Method = HttpMethod.Get, Path = "/v1/models" }),
        (8, static (_, random, call) => call with { Kind = "refused", Body = Chat(random, stream: false), Knobs = Refusal(random) }),
        (8, static (_, random, call) => call with { Kind = "faulty", Body = Chat(random, random.Next(2) == 0), Knobs = Fault(random) }),
        (3, static (_, random, call) => call with { Kind = "left working", Body = Chat(random, stream: false), Knobs = ["fail=hang"], Leaves = Departure.Working }),
        (3, static (_, random, call) => call with
        {
            Kind = "left mid-stream", Body = Chat(random, stream: true), Knobs = ["tokens=400", "tps=200"], Leaves = Departure.FirstBytes,
        }),
        (3, static (_, random, call) => call with
        {
            Kind = "left", Body = random.Next(2) == 0 ? Chat(random, random.Next(2) == 0) : Deterministic(random), Knobs = Pace(random),
            Leaves = Departure.Anytime, LeavesAfter = TimeSpan.FromMicroseconds(random.Next(8_000)),
        }),
        (1, static (_, _, call) => call with { Kind = "malformed", Body = Malformed }),
        (1, static (_, random, call) => call with { Kind = "wrong key", Key = "sk-nobody", Body = Chat(random, stream: false) }),
        (2, static (_, random, call) => call with { Kind = "limited", Key = Thrifty, Body = Chat(random, stream: false) }),
        (1, static (_, _, call) => call with { Kind = "health", Method = HttpMethod.Get, Path = "/health" }),
    ];

    private readonly Random _random = new(seed);
    private int _made;

    public IEnumerable<MixedCall> Take(int calls) => Enumerable.Range(0, calls).Select(_ => Next());

    private MixedCall Next()
    {
        var call = new MixedCall
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"call-{seed}-{_made++}"),
            Kind = "",
            Tier = _random.Next(3),
            Key = _random.Next(2) == 0 ? Anna : Ben,
        };
        int dice = _random.Next(Kinds.Sum(static kind => kind.Chance));
        foreach ((int chance, Func<CallMix, Random, MixedCall, MixedCall> make) in Kinds)
        {
            dice -= chance;
            if (dice < 0)
            {
                return make(this, _random, call);
            }
        }

        throw new InvalidOperationException("The chances do not add up.");
    }

    /// <summary>Tools only where the upstream tells what they cost: of a call of one that breaks off it counts fewer tokens than there are.</summary>
    private static string Chat(Random random, bool stream, bool tools = false)
    {
        string offered = tools && random.Next(6) == 0 ? ""","tools":[{"type":"function","function":{"name":"get_weather"}},{"type":"web_search"}]""" : "";
        string streaming = !stream ? "" : random.Next(2) == 0 ? ",\"stream\":true" : ",\"stream\":true,\"stream_options\":{\"include_usage\":true}";
        return $$"""{"model":"{{Models[random.Next(Models.Length)]}}","messages":[{"role":"user","content":"hi {{random.Next(1000)}}"}]{{streaming}}{{offered}}}""";
    }

    private static string Deterministic(Random random) =>
        $$"""{"model":"gpt-4o","temperature":0,"seed":7,"messages":[{"role":"user","content":"question {{random.Next(Questions)}}"}]{{(random.Next(2) == 0 ? ",\"stream\":true" : "")}}}""";

    private static string[] Pace(Random random) =>
        [string.Create(CultureInfo.InvariantCulture, $"ttft-ms={random.Next(6)}"), string.Create(CultureInfo.InvariantCulture, $"tokens={1 + random.Next(24)}")];

    /// <summary>For ever, or the first time only.</summary>
    private static string[] Refusal(Random random)
    {
        string status = new[] { "status=400", "status=404", "status=429", "status=500", "status=503", "status=503" }[random.Next(6)];
        return random.Next(3) == 0 ? [status] : [status, "fail-times=1"];
    }

    private static string[] Fault(Random random)
    {
        string fault = new[] { "fail=reset-before-headers", "fail=reset-after:2", "fail=truncate:20", "fail=no-finish" }[random.Next(4)];
        return random.Next(2) == 0 ? [fault, "tokens=6"] : [fault, "tokens=6", "fail-times=1"];
    }
}
