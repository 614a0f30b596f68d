using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>
/// The editor of answers: the same however its input is cut, nothing added but the new name, and, where the answer is JSON, the same document but
/// for the outermost model and the vectors.
/// </summary>
internal sealed class AnswerEditorTarget : FuzzTarget
{
    private const string Mark = "\"\u0001\u0002\u0001\"";

    private static readonly AnswerEdits Restores = new(Encoding.ASCII.GetBytes(Mark), FloatsToBase64: false);
    private static readonly AnswerEdits Encodes = new(default, FloatsToBase64: true);
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 1024 };

    public override string Name => "answer-editor";

    public override int ShortInputs => 6000;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
    [
        .. SseText.Streams,
        """{"object":"list","data":[{"object":"embedding","embedding":[0.0023064255,-0.009327292,1e-7,2],"index":0},{"embedding":[],"x":{"embedding":[1]}}],"model":"dep","usage":{"prompt_tokens":8}}""",
        """{ "x" : [1,{"model":"x"}] , "model" : "d\"e\\p" , "response":{"model":"b"}, "b":{}}""", """{"model":null,"data":{"embedding":[1]},"data2":[]}""", """[{"model":"a"},"model","b"]""",
        """{"text":"{\"model\":\"x\"}","data":[{"embedding":"AACAPw=="},{"embedding":[1,2],"embedding":[3]}]}""",
    ]);

    public override IReadOnlyList<string> Words { get; } =
        [.. SseText.Words, "\"embedding\":[", "\"embedding\":", "1.5", "-2e-3", "1e39", " ", "\"data\":[", "\"response\":{", "\"mod\\u0065l\":", "{\"model\":\"", "3.4028235677973366e38"];

    public override IReadOnlyList<string> Reaches => ["untouched", "restored", "encoded", "no vector"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        byte[] events = Edit(input, Restores, isEventStream: true)!;
        byte[] plain = Edit(input, Restores, isEventStream: false)!;
        byte[]? vectors = Edit(input, Encodes, isEventStream: false);
        AssertOnlyRestored(input, events);
        AssertOnlyRestored(input, plain);
        if (Parse(input) is { } answer)
        {
            AssertDocument(answer, plain, vectors);
        }

        bool isRestored = events.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Mark)) >= 0 || !plain.AsSpan().SequenceEqual(input);
        return new(vectors is null ? "no vector" : !vectors.AsSpan().SequenceEqual(input) ? "encoded" : isRestored ? "restored" : "untouched");
    }

    /// <summary>Null when what should be a vector is none. Whole, cut anywhere, and byte by byte.</summary>
    private static byte[]? Edit(byte[] input, AnswerEdits edits, bool isEventStream)
    {
        byte[]? whole = EditPieces(input, edits, isEventStream, input.Length);
        byte[]? pieces = EditPieces(input, edits, isEventStream, Math.Max(1, input.Length / 3));
        byte[]? bytes = EditPieces(input, edits, isEventStream, 1);
        Assert.Equal((whole is null, whole is null), (pieces is null, bytes is null));
        Assert.True(whole is null || (whole.AsSpan().SequenceEqual(pieces) && whole.AsSpan().SequenceEqual(bytes)), "edited otherwise when cut");
        return whole;
    }

    private static byte[]? EditPieces(byte[] input, AnswerEdits edits, bool isEventStream, int most)
    {
        Random dice = DiceOf(input);
        var output = new ArrayBufferWriter<byte>(input.Length + 64);
        var editor = new AnswerEditor(edits, isEventStream);
        long written = 0;
        try
        {
            for (int at = 0; at < input.Length;)
            {
                int length = most == input.Length ? most : Math.Min(dice.Next(1, most + 1), input.Length - at);
                written += editor.Edit(input.AsSpan(at, length), output);
                at += length;
            }
        }
        catch (HttpRequestException)
        {
            return null;
        }

        Assert.Equal(written, output.WrittenCount);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Between the marks stands the input, in its order, with nothing missing but texts.</summary>
    private static void AssertOnlyRestored(byte[] input, byte[] output)
    {
        int at = 0;
        string[] parts = Encoding.Latin1.GetString(output).Split(Mark);
        string all = Encoding.Latin1.GetString(input);
        for (int i = 0; i < parts.Length; i++)
        {
            int found = i == 0 ? 0 : all.IndexOf('"', at);
            int part = i == 0 ? (all.StartsWith(parts[0], StringComparison.Ordinal) ? 0 : -1) : all.IndexOf(parts[i], Math.Min(found + 1, all.Length), StringComparison.Ordinal);
            Assert.True(part >= 0 && found >= 0, "bytes that did not come");
            at = part + parts[i].Length;
        }

        Assert.True(parts.Length > 1 || output.AsSpan().SequenceEqual(input), "changed without a mark");
    }

    private static void AssertDocument(JsonElement answer, byte[] plain, byte[]? vectors)
    {
        string restored = Encoding.UTF8.GetString(plain).Replace(Mark, "\"MARK\"", StringComparison.Ordinal);
        foreach ((JsonProperty was, JsonProperty now) in answer.EnumerateObject().Zip(JsonElement.Parse(restored, Deep).EnumerateObject()))
        {
            bool isModel = was is { Name: "model", Value.ValueKind: JsonValueKind.String };
            bool isSame = was.Value.GetRawText() == now.Value.GetRawText();
            Assert.True(isModel ? now.Value.ValueEquals("MARK") || restored.Contains('\\', StringComparison.Ordinal) : isSame, $"{was} became {now}");
        }

        if (vectors is not null)
        {
            JsonElement encoded = JsonElement.Parse(vectors, Deep);
            if (answer.TryGetProperty("data", out JsonElement data) && data.ValueKind == JsonValueKind.Array)
            {
                AssertVectors(data, encoded.GetProperty("data"));
            }
        }
    }

    private static void AssertVectors(JsonElement data, JsonElement encoded)
    {
        foreach ((JsonElement was, JsonElement now) in data.EnumerateArray().Zip(encoded.EnumerateArray()))
        {
            // A name with half of a surrogate pair in it is no text, and the library asks what it is.
            if (was.ValueKind == JsonValueKind.Object && !was.GetRawText().Contains("\\u", StringComparison.Ordinal)
                && was.TryGetProperty("embedding", out JsonElement vector) && vector.ValueKind == JsonValueKind.Array
                && now.GetProperty("embedding").ValueKind == JsonValueKind.String)
            {
                byte[] floats = new byte[vector.GetArrayLength() * sizeof(float)];
                int at = 0;
                foreach (JsonElement number in vector.EnumerateArray())
                {
                    BinaryPrimitives.WriteSingleLittleEndian(floats.AsSpan(at++ * sizeof(float)), number.GetSingle());
                }

                Assert.Equal(Convert.ToBase64String(floats), now.GetProperty("embedding").GetString());
            }
        }
    }

    /// <summary>An object by every rule, and no half of a surrogate pair in a name; else null.</summary>
    private static JsonElement? Parse(byte[] input)
    {
        try
        {
            JsonElement answer = JsonElement.Parse(input, Deep);
            return System.Text.Unicode.Utf8.IsValid(input) && answer.ValueKind == JsonValueKind.Object && answer.EnumerateObject().All(static member => member.Name.Length >= 0)
                ? answer
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
