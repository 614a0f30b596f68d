using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Upstreams;

/// <summary>Edits of answers, however their bytes are cut.</summary>
public class AnswerEditorTests
{
    private static readonly AnswerEdits Restore = new(AnswerEdits.JsonText("gpt-4 \"é\""), false);
    private static readonly AnswerEdits Vectors = new(default, true);
    private const string Mine = "\"gpt-4 \\\"é\\\"\"";

    [Theory]
    [InlineData("""{"model":"dep"}""", """{"model":@}""")]
    [InlineData("{ \"a\" : [1,{\"model\":\"x\"}] ,\n \"model\" :\t\"d\\\"e\\\\p\" , \"b\":{}}\n", "{ \"a\" : [1,{\"model\":\"x\"}] ,\n \"model\" :\t@ , \"b\":{}}\n")]
    [InlineData("""{"model":""}""", """{"model":@}""")]
    [InlineData("""{"model":null}""", """{"model":null}""")]
    [InlineData("""{"model":{"model":"x"},"y":"model"}""", """{"model":{"model":"x"},"y":"model"}""")]
    [InlineData("""{"x":{"model":"a"},"response":{"model":"b"},"y":[{"model":"c"}]}""", """{"x":{"model":"a"},"response":{"model":"b"},"y":[{"model":"c"}]}""")]
    [InlineData("""{"text":"{\"model\":\"x\"}","model ":"y","Model":"z","amodel":"w"}""", """{"text":"{\"model\":\"x\"}","model ":"y","Model":"z","amodel":"w"}""")]
    [InlineData("""{"a":"model","b":"x","c":["model","x"],"model":"d"}""", """{"a":"model","b":"x","c":["model","x"],"model":@}""")]
    [InlineData("""[{"model":"a"},"model","b"]""", """[{"model":"a"},"model","b"]""")]
    [InlineData("""{"a_name_longer_than_any":"model","e\\":"\\\"model\\\":","model":"x"}""", """{"a_name_longer_than_any":"model","e\\":"\\\"model\\\":","model":@}""")]
    [InlineData("\"model\"", "\"model\"")]
    [InlineData("not json { at [ all", "not json { at [ all")]
    [Trait("req", "A4")]
    public void Edit_PlainAnswer_RestoresTheOutermostModelOnly(string answer, string expected) =>
        AssertEverySplit(answer, expected.Replace("@", Mine, StringComparison.Ordinal), Restore, isEventStream: false);

    [Theory]
    [InlineData("data: {\"model\":\"d\"}\n\n", "data: {\"model\":@}\n\n")]
    [InlineData("data:{\"choices\":[{\"delta\":{\"model\":\"x\"}}],\"model\":\"\"}\r\n\r\ndata: [DONE]\r\n\r\n", "data:{\"choices\":[{\"delta\":{\"model\":\"x\"}}],\"model\":@}\r\n\r\ndata: [DONE]\r\n\r\n")]
    [InlineData(": model \"model\":\"x\"\n\nevent: \"model\":\"x\"\ndata: {\"type\":\"response.created\",\"response\":{\"id\":1,\"model\":\"d\",\"x\":{\"model\":\"k\"}}}\n\n", ": model \"model\":\"x\"\n\nevent: \"model\":\"x\"\ndata: {\"type\":\"response.created\",\"response\":{\"id\":1,\"model\":@,\"x\":{\"model\":\"k\"}}}\n\n")]
    [InlineData("\uFEFFdata: {\"model\":\"a\"}\n\ndata: {\"model\":\"b\"}\n\n", "\uFEFFdata: {\"model\":@}\n\ndata: {\"model\":@}\n\n")]
    [InlineData("data: {\ndata: \"model\"\ndata: :\"a\",\ndata: \"x\":{\ndata: \"model\":\"b\"}}\n\ndata: {\"model\":\"c\"}", "data: {\ndata: \"model\"\ndata: :@,\ndata: \"x\":{\ndata: \"model\":\"b\"}}\n\ndata: {\"model\":@}")]
    [InlineData("data: {\"model\":\"a\"}\r\rdata: {\"model\":\"b\"}\r\r", "data: {\"model\":@}\r\rdata: {\"model\":@}\r\r")]
    [InlineData("data: {\"broken\":\"model\n\ndata: {\"model\":\"a\"}\n\n", "data: {\"broken\":\"model\n\ndata: {\"model\":@}\n\n")]
    [InlineData("data: {{{[\n\ndata: {\"model\":\"a\"}\n\ndata: }}]\n\ndata: {\"model\":\"a\"}\n\n", "data: {{{[\n\ndata: {\"model\":@}\n\ndata: }}]\n\ndata: {\"model\":@}\n\n")]
    [InlineData("data: {\"model\":\"cut\n\ndata: {\"model\":\"a\"}\n\n", "data: {\"model\":@\n\ndata: {\"model\":@}\n\n")]
    [InlineData("dat\ndatax: \"model\"\ndata {\"model\":\"x\"}\n\ndata: {\"content\":\"\\\"model\\\":\\\"x\\\"\"}\n\n", "dat\ndatax: \"model\"\ndata {\"model\":\"x\"}\n\ndata: {\"content\":\"\\\"model\\\":\\\"x\\\"\"}\n\n")]
    [InlineData("data: {\"data\":[{\"embedding\":[1]}]}\n\n", "data: {\"data\":[{\"embedding\":[1]}]}\n\n")]
    [Trait("req", "A4")]
    [Trait("req", "A13")]
    public void Edit_Events_RestoreTheirModel(string stream, string expected) =>
        AssertEverySplit(stream, expected.Replace("@", Mine, StringComparison.Ordinal), Restore, isEventStream: true);

    [Fact]
    [Trait("req", "A13")]
    public void Edit_EventOfMegabytes_IsEditedInPieces()
    {
        string text = string.Concat(Enumerable.Repeat("\\\"model\\\":\\\"x\\\" 🙂{[", 100_000));
        string stream = $"data: {{\"x\":\"{text}\",\"model\":\"d\"}}\n\ndata: {{\"model\":\"{text}\",\"y\":\"{text}\"}}\n\n";
        byte[] bytes = Encoding.UTF8.GetBytes(stream);
        var output = new ArrayBufferWriter<byte>();
        var editor = new AnswerEditor(Restore, isEventStream: true);
        var random = new Random(7);
        for (int at = 0; at < bytes.Length;)
        {
            int length = Math.Min(random.Next(1, 70_000), bytes.Length - at);
            editor.Edit(bytes.AsSpan(at, length), output);
            at += length;
        }

        Assert.Equal($"data: {{\"x\":\"{text}\",\"model\":{Mine}}}\n\ndata: {{\"model\":{Mine},\"y\":\"{text}\"}}\n\n", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    [Trait("req", "A4")]
    public void Edit_OneChunkAfterAnother_AllocatesNothing()
    {
        byte[] chunk = Encoding.UTF8.GetBytes("""data: {"choices":[{"content_filter_results":{},"delta":{"content":"hi"},"index":0}],"created":1,"id":"c","model":"dep","object":"x"}""" + "\n\n");
        var output = new ArrayBufferWriter<byte>(1 << 16);
        var editor = new AnswerEditor(Restore, isEventStream: true);
        editor.Edit(chunk, output);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            output.ResetWrittenCount();
            editor.Edit(chunk, output);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Contains(Mine, Encoding.UTF8.GetString(output.WrittenSpan), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "")]
    [InlineData("[1]", "AACAPw==")]
    [InlineData("[ 1.0 ,\n-2e0,3 ]", "AACAPwAAAMAAAEBA")]
    [InlineData("\"AACAPw==\"", "AACAPw==")]
    [Trait("req", "V4")]
    public void Edit_Vector_IsBase64(string vector, string expected) => AssertEverySplit(
        $$$"""{"object":"list","data":[{"embedding":{{{vector}}},"index":0},{"x":{"embedding":[1]},"embedding" : {{{vector}}}}],"embedding":[1],"model":"d","y":[{"embedding":[1]}]}""",
        $$$"""{"object":"list","data":[{"embedding":"{{{expected}}}","index":0},{"x":{"embedding":[1]},"embedding" : "{{{expected}}}"}],"embedding":[1],"model":"d","y":[{"embedding":[1]}]}""",
        Vectors,
        isEventStream: false);

    [Theory]
    [InlineData(1)]
    [InlineData(95)]
    [InlineData(96)]
    [InlineData(97)]
    [InlineData(1536)]
    [Trait("req", "V4")]
    public void Edit_RandomVector_IsBitExact(int length)
    {
        var random = new Random(length);
        float[] numbers = [.. Enumerable.Range(0, length).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)))
            .Select(static number => float.IsFinite(number) ? number : 0.1f)];

        // Written as doubles too, of which half lie near the middle between two floats: rounding twice would show.
        string text = string.Join(", ", numbers.Select((number, i) => i % 2 == 0
            ? number.ToString("R", CultureInfo.InvariantCulture)
            : ((double)number + (((double)MathF.BitIncrement(number) - number) * 0.49999999)).ToString("G17", CultureInfo.InvariantCulture)));
        string answer = $$"""{"data":[{"embedding":[{{text}}]}]}""";

        foreach (int piece in (int[])[1, 7, 4096, int.MaxValue])
        {
            byte[] bytes = JsonElement.Parse(Run(answer, Vectors, false, piece)).GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
            Assert.Equal(length * 4, bytes.Length);
            string[] written = text.Split(", ");
            for (int i = 0; i < length; i++)
            {
                Assert.Equal(
                    BitConverter.SingleToInt32Bits(float.Parse(written[i], CultureInfo.InvariantCulture)),
                    BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i * 4)));
            }
        }
    }

    [Theory]
    [InlineData("[1,null]")]
    [InlineData("[[1]]")]
    [InlineData("[1,\"2\"]")]
    [Trait("req", "V4")]
    public void Edit_NoVector_IsAnInvalidAnswer(string vector) => Assert.Equal(
        HttpRequestError.InvalidResponse,
        Assert.Throws<HttpRequestException>(() => Run($$"""{"data":[{"embedding":{{vector}}}]}""", Vectors, false, int.MaxValue)).HttpRequestError);

    private static void AssertEverySplit(string answer, string expected, AnswerEdits edits, bool isEventStream)
    {
        Assert.Equal(expected, Run(answer, edits, isEventStream, 1));
        Assert.Equal(expected, Run(answer, edits, isEventStream, int.MaxValue));
        byte[] bytes = Encoding.UTF8.GetBytes(answer);
        for (int first = 0; first <= bytes.Length; first++)
        {
            var output = new ArrayBufferWriter<byte>();
            var editor = new AnswerEditor(edits, isEventStream);
            editor.Edit(bytes.AsSpan(0, first), output);
            editor.Edit(bytes.AsSpan(first), output);
            Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
        }
    }

    private static string Run(string answer, AnswerEdits edits, bool isEventStream, int piece)
    {
        var output = new ArrayBufferWriter<byte>();
        var editor = new AnswerEditor(edits, isEventStream);
        foreach (byte[] part in Encoding.UTF8.GetBytes(answer).Chunk(piece))
        {
            editor.Edit(part, output);
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
