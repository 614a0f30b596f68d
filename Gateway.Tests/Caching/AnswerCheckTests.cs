using System.Text;
using Gateway.Caching;
using Xunit;

namespace Gateway.Tests.Caching;

[Trait("row", "T3")]
[Trait("req", "C8")]
public class AnswerCheckTests
{
    private const string Json = "application/json; charset=utf-8";
    private const string Sse = "text/event-stream";
    private const string Begun = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n";
    private const string Stopped = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    private const string Done = "data: [DONE]\n\n";

    [Theory]
    [InlineData("""{"choices":[{"finish_reason":"stop"}]}""", true)]
    [InlineData("""{"choices":[{"index":0,"message":{"content":"finish_reason"},"finish_reason":"tool_calls"},{"finish_reason":"stop"}],"error":null}""", true)]
    [InlineData("""{"choices":[{"finish_reason":"length"}]}""", false)]
    [InlineData("""{"choices":[{"finish_reason":"content_filter"}]}""", false)]
    [InlineData("""{"choices":[{"finish_reason":null}]}""", false)]
    [InlineData("""{"choices":[{"finish_reason":"stop"},{"finish_reason":"length"}]}""", false)]
    [InlineData("""{"choices":[{"finish_reason":"stop"},{}]}""", false)]
    [InlineData("""{"choices":[]}""", false)]
    [InlineData("""{"id":"x"}""", false)]
    [InlineData("""{"choices":[{"finish_reason":"stop"}],"error":{"message":"x"}}""", false)]
    [InlineData("""{"choices":[{"finish_reason":"stop"}]""", false)]
    [InlineData("""{"choices":[{"finish_reason":"stop"}]}{""", false)]
    [InlineData("""[{"choices":[{"finish_reason":"stop"}]}]""", false)]
    [InlineData("", false)]
    public void Plain_Choices_MustHaveEndedNaturally(string body, bool isWhole) => Check(AnswerKind.Choices, Json, body, isWhole);

    [Theory]
    [InlineData(Begun + Stopped + Done, true)]
    [InlineData(": ping\r\n\r\n" + Begun + "event: message\n" + Stopped + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n" + Done, true)]
    [InlineData(Begun + Stopped, false)]
    [InlineData(Begun + Done, false)]
    [InlineData(Done, false)]
    [InlineData(Begun + Stopped + "data: [DONE]", false)]
    [InlineData(Begun + Stopped + "data: [DONE]\n", false)]
    [InlineData(Stopped + "data: {\"choices\":[{\"index\":1,\"delta\":{}}]}\n\n" + Done, false)]
    [InlineData(Begun + "data: {\"choices\":[{\"index\":0,\"finish_reason\":\"length\"}]}\n\n" + Done, false)]
    [InlineData(Begun + "data: {\"choices\":[{\"index\":0,\"finish_reason\":\"content_filter\"}]}\n\n" + Done, false)]
    [InlineData(Stopped + "data: {\"error\":{\"message\":\"x\"}}\n\n" + Done, false)]
    [InlineData(Stopped + "event: error\ndata: {}\n\n" + Done, false)]
    [InlineData(Stopped + "data: {\"choices\n\n" + Done, false)]
    public void Stream_Choices_MustHaveEndedNaturallyAndTheStreamToo(string body, bool isWhole) => Check(AnswerKind.Choices, Sse, body, isWhole);

    [Theory]
    [InlineData(AnswerKind.Embeddings, Json, """{"data":[{"embedding":[0.5]}]}""", true)]
    [InlineData(AnswerKind.Embeddings, Json, """{"data":[{"embedding":[0.5]}]""", false)]
    [InlineData(AnswerKind.Embeddings, Json, """{"object":"list"}""", false)]
    [InlineData(AnswerKind.Embeddings, "text/html", "<p>", false)]
    [InlineData(AnswerKind.Embeddings, null, """{"data":[]}""", false)]
    [InlineData(AnswerKind.Embeddings, Sse, Stopped + Done, false)]
    [InlineData(AnswerKind.Models, Json, """{"data":[]}""", true)]
    [InlineData(AnswerKind.Models, Json, """{"data":null}""", false)]
    [InlineData(AnswerKind.Read, "text/plain", "anything", true)]
    [InlineData(AnswerKind.Read, Json, """{"id":"x"}""", true)]
    [InlineData(AnswerKind.Read, Json, "[1]", true)]
    [InlineData(AnswerKind.Read, Json, "[1", false)]
    [InlineData(AnswerKind.Read, Json, """{"id":"x","status":"completed"}""", true)]
    [InlineData(AnswerKind.Read, Json, """{"id":"x","status":"in_progress"}""", false)]
    [InlineData(AnswerKind.Read, Json, """{"id":"x","status":"incomplete"}""", false)]
    [InlineData(AnswerKind.Read, Sse, "data: {\"type\":\"response.completed\"}\n\n", true)]
    [InlineData(AnswerKind.Read, Sse, "data: {\"type\":\"response.incomplete\"}\n\n", false)]
    public void Other_Answers_MustBeWhole(object kind, string? contentType, string body, bool isWhole) => Check((AnswerKind)kind, contentType, body, isWhole);

    [Theory]
    [InlineData(Json, """{"choices":[{"index":0,"message":{"role":"assistant","content":"ü {}"},"finish_reason":"stop"}],"usage":{"total_tokens":3}}""")]
    [InlineData(Sse, Begun + Stopped + Done)]
    public void Answer_CutAnywhere_IsNotWhole(string contentType, string body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        Assert.True(AnswerCheck.IsWhole(AnswerKind.Choices, isError: false, contentType, bytes));
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.False(AnswerCheck.IsWhole(AnswerKind.Choices, isError: false, contentType, bytes.AsSpan(0, length)), $"{length} bytes");
        }
    }

    [Fact]
    public void ErrorAnswer_Json_IsWholeWhenItParses()
    {
        Assert.True(AnswerCheck.IsWhole(AnswerKind.Embeddings, isError: true, Json, """{"error":{"message":"x"}}"""u8));
        Assert.False(AnswerCheck.IsWhole(AnswerKind.Embeddings, isError: true, Json, """{"error":{"message":"x"}"""u8));
    }

    private static void Check(AnswerKind kind, string? contentType, string body, bool isWhole) =>
        Assert.Equal(isWhole, AnswerCheck.IsWhole(kind, isError: false, contentType, Encoding.UTF8.GetBytes(body)));
}
