using System.Buffers;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Tests.Requests;
using Gateway.Upstreams;
using Gateway.Upstreams.Azure;
using Gateway.Upstreams.OpenAI;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>
/// The scan of a JSON body against the framework's document reader, both ways, however the bytes lie in memory; and what each provider is sent
/// of the body: the same document but for the edits.
/// </summary>
internal sealed class RequestBodyTarget : FuzzTarget
{
    private const int Shredded = 256;

    private static readonly InstanceOptions Dated = new()
    {
        Name = "dated",
        ProviderType = ProviderType.Azure,
        ApiBase = new Uri("http://a/"),
        ModelDeployments = new Dictionary<string, string> { ["gpt-5"] = "dep" },
    };

    private static readonly InstanceOptions Current = Dated with { Name = "current", ApiVersion = "v1" };

    private static readonly InstanceOptions Venice = new()
    {
        Name = "venice",
        ProviderType = ProviderType.Venice,
        ApiBase = new Uri("http://v/"),
        EmbeddingsBase64ToFloat = true,
    };

    private static readonly MemberNames Names = new(new GatewayOptions { Endpoints = [], Instances = [Dated, Current, Venice] });
    private static readonly IDialect[] Dialects = [new AzureDialect(Dated), new AzureDialect(Current), new OpenAiDialect(Venice)];
    private static readonly string[] Paths = ["/chat/completions", "/embeddings", "/responses"];

    private readonly SegmentPool _segments = new(TimeProvider.System);

    public override string Name => "request-body";

    public override int ShortInputs => 6000;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
    [
        .. ScanCases.Good.Concat(ScanCases.Bad.Select(static bad => bad.Body)).Where(static body => body.Length < 600),
        """{"model":"gpt-5","messages":[{"role":"user","content":"x"}],"stream":true,"logprobs":true,"top_logprobs":2,"parallel_tool_calls":1}""",
        """{ "prompt_cache_key" : "k" , "model":"gpt-5", "stream":true , "stream_options" : { } }""",
        """{"stream":true,"stream_options":{"include_usage":null,"x":1},"model":"GPT_5","parallel_tool_calls":false}""",
        """{"model":"e","input":"x","encoding_format":"base64"}""", """{"encoding_format":"float","input":["a"],"model":"gpt-5"}""",
        """{"model":"gpt-5","tools":[{"type":"function","function":{"name":"f","parameters":{}}},{"type":"web_search"}],"n":2,"max_tokens":5}""",
    ]);

    public override IReadOnlyList<string> Words { get; } =
    [
        "\"model\":", "\"mod\\u0065l\":", "\"stream\":true,", "\"n\":1", "\"tools\":[", "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "false", "1e999",
        "-1", "\\ud800", "\\ud83d\\ude42", "\0", "é", " ", "\"logprobs\":1,", "\"encoding_format\":\"base64\",", "\"stream_options\":{\"include_usage\":false},",
        "\"stream_options\":null,", "\"max_tokens\":", "\"temperature\":0,", "\"seed\":1,", "\"gpt-5\"", "\uFEFF", "\\u0000", "/**/", "\"include_usage\":true,",
    ];

    public override IReadOnlyList<string> Reaches => ["refused", "accepted", "edited"];

    public override async ValueTask<string> TryAsync(byte[] input)
    {
        Random dice = DiceOf(input);
        RequestError? error = RequestScan.TryRead(new ReadOnlySequence<byte>(input), out RequestFacts facts, new MemberTrace(Names));
        AssertSame(error, facts, ByteSequences.Cut(input, [.. CutsOf(input.Length, dice)]));
        if (input.Length < Shredded)
        {
            AssertSame(error, facts, ByteSequences.Shred(input));
        }

        BodyOracle oracle = BodyOracle.Read(input, [.. Names.All.Select(static name => name.Name)]);
        Assert.True(oracle.IsRefused is not { } expected || expected == error is not null, $"refused here: {error?.Detail ?? "no"}; by the document reader: {oracle.Why}");
        if (error is not null)
        {
            Assert.Equal(Outcome.BodyMalformed, error.Outcome);
            return "refused";
        }

        oracle.AssertAgrees(facts);
        if (oracle.Why.Length > 0)
        {
            // A name that cannot be read cannot be compared.
            return "accepted";
        }

        bool isEdited = false;
        foreach (IDialect dialect in Dialects)
        {
            isEdited |= await AssertEditedAsync(input, facts, dialect, Paths[dice.Next(Paths.Length)]);
        }

        return isEdited ? "edited" : "accepted";
    }

    protected override ValueTask StopAsync()
    {
        _segments.Dispose();
        return ValueTask.CompletedTask;
    }

    private static IEnumerable<int> CutsOf(int length, Random dice) =>
        Enumerable.Range(0, dice.Next(1, 5)).Select(_ => dice.Next(length + 1)).Order();

    private static void AssertSame(RequestError? error, RequestFacts facts, in ReadOnlySequence<byte> body)
    {
        RequestError? again = RequestScan.TryRead(body, out RequestFacts others, new MemberTrace(Names));
        Assert.Equal((error is null, error?.Param), (again is null, again?.Param));
        Assert.Equal(facts.Members, others.Members);
        Assert.Equal(facts.Tools, others.Tools);
        Assert.Equal(
            facts with { Members = [], Tools = [], ToolTypes = [] },
            others with { Members = [], Tools = [], ToolTypes = [] });
    }

    /// <summary>True when there was something to edit.</summary>
    private async Task<bool> AssertEditedAsync(byte[] input, RequestFacts facts, IDialect dialect, string path)
    {
        await using var body = new RequestBody(_segments);
        Fill(body, input);
        if (dialect.EditsOf(new ApiRequest(path, "", body, facts), needsUsage: true) is not { } edits || edits.Body.Count == 0)
        {
            return false;
        }

        using var sent = new MemoryStream();
        await body.CopyToAsync(sent, edits.Body, static () => { }, CancellationToken.None);
        Assert.Equal(BodySplice.LengthWith(input.Length, edits.Body), sent.Length);
        using JsonDocument before = JsonDocument.Parse(input, BodyOracle.Depth);
        using JsonDocument after = JsonDocument.Parse(sent.ToArray(), BodyOracle.Depth);
        EditedBody.AssertSameButForEdits(before.RootElement, after.RootElement, edits);
        return true;
    }

    private static void Fill(RequestBody body, ReadOnlySpan<byte> input)
    {
        while (!input.IsEmpty)
        {
            Span<byte> room = body.GetMemory(input.Length, long.MaxValue).Span;
            int length = Math.Min(room.Length, input.Length);
            input[..length].CopyTo(room);
            body.Advance(length);
            input = input[length..];
        }
    }
}
