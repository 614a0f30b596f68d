using System.Buffers;
using Gateway.Requests;
using Gateway.Tests.Requests;
using Gateway.Tokenization;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>The count of a prompt: never an exception, never negative, the same however the bytes lie in memory.</summary>
internal sealed class PromptTokensTarget : FuzzTarget
{
    private const string Png = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk";
    private const string Jpeg = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQEASABIAAD/wAARCAAKAAoDASIAAhEBAxEB";

    private static readonly ApiOperation[] Operations = Enum.GetValues<ApiOperation>();

    public override string Name => "prompt-tokens";

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
    [
        """{"model":"gpt-4o","messages":[{"role":"system","content":"Be brief."},{"role":"user","name":"ann","content":[{"type":"text","text":"What is it? 東京 🙂"},{"type":"image_url","image_url":{"url":"%","detail":"low"}}]}]}""".Replace("%", Png, StringComparison.Ordinal),
        """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":"%"}]},{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"f","arguments":"{\"a\":1}"}}]}]}""".Replace("%", Jpeg, StringComparison.Ordinal),
        """{"messages":[],"tools":[{"type":"function","function":{"name":"f","description":"Does it...","parameters":{"type":"object","properties":{"a":{"type":"string","enum":["x","y\u00e9"]},"b":{"items":{"type":"number"}}}}}}]}""",
        """{"model":"gpt-4","input":[{"role":"user","content":[{"type":"input_text","text":"hi\ud83d\ude42"}]},"plain",[1]],"instructions":"x","tools":[]}""",
        """{"input":["a","b",[1,2,3],{"x":1}],"prompt":"once upon","suffix":null}""",
        """{"prompt":[[1,2],["a"]],"input":{"a":"b"}}""",
    ]);

    public override IReadOnlyList<string> Words { get; } =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\ude42", "\\n", "null", "1", "\"content\":", "\"messages\":[", "\"image_url\":{\"url\":", "\"properties\":{",
        "\"text\":\"x\"", "data:image/webp;base64,UklGRiQAAABXRUJQVlA4WAoAAAAQAAAA////////", "data:image/gif;base64,R0lGODlh//8AAA==", "data:image/png;base64,", "/9j//////////", "🙂", "\uFFFD",
    ];

    public override IReadOnlyList<string> Reaches => ["nothing", "counted"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        long sum = 0;
        ApiOperation operation = Operations[input.Length % Operations.Length];
        foreach (string model in (string[])["gpt-4o", "gpt-4"])
        {
            var body = new ReadOnlySequence<byte>(input);
            long whole = PromptTokens.Of(operation, model, body);
            Assert.InRange(whole, 0, int.MaxValue);
            bool isGood = RequestScan.TryRead(body, out _) is null;
            long cut = PromptTokens.Of(operation, model, ByteSequences.Cut(input, DiceOf(input).Next(input.Length + 1)));
            Assert.True(!isGood || whole == cut, $"{operation} {model}: {whole} in one piece, {cut} in two");
            sum += whole;
        }

        return new(sum == 0 ? "nothing" : "counted");
    }
}
