using System.Text;
using Gateway.Forwarding;
using Xunit;

namespace Gateway.Tests.Forwarding;

public class SseEventsTests
{
    [Theory]
    [InlineData("data: a\n\ndata: b\n\n: c\n\n")]
    [InlineData("data: a\r\n\r\nevent: x\r\ndata: b\r\n\r\n")]
    [InlineData("data: a\r\rdata: b\r\r")]
    [InlineData("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\n")]
    [InlineData("\uFEFFdata: a\n\ndata: grüße\n\n")]
    public void WholeLength_EverySplit_EndsBehindAnEvent(string text)
    {
        byte[] stream = Encoding.UTF8.GetBytes(text);
        HashSet<int> ends = [0, .. Ends(stream)];
        for (int split = 0; split <= stream.Length; split++)
        {
            int whole = SseEvents.WholeLength(stream.AsSpan(0, split));

            Assert.Equal(ends.Where(end => end <= split).Max(), whole);
            Assert.Equal(whole == 0 ? 0 : ends.Where(static end => end > 0).Min(), SseEvents.FirstLength(stream.AsSpan(0, split)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("data: a")]
    [InlineData("data: a\ndata: b\n")]
    [InlineData("data: a\r\ndata: b\r\n")]
    [InlineData("data: a\r\n\r")]
    public void WholeLength_NoWholeEvent_IsZero(string text)
    {
        Assert.Equal(0, SseEvents.WholeLength(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(0, SseEvents.FirstLength(Encoding.UTF8.GetBytes(text)));
    }

    public static TheoryData<string> NotContent =>
    [
        ": keep-alive", "event: ping", "retry: 100", "id: 1", "",
        """data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}""",
        """data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}""",
        """data: {"choices":[{"index":0,"delta":{}}]}""",
        """data:{"choices":[]}""",
        """data: {"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}""",
        """data: {"choices":[{"content_filter_results":{"hate":{"filtered":false}},"content_filter_offsets":{"check_offset":44},"delta":{},"index":0}]}""",
        """data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}""",
        """data: {"id":"cmpl","object":"text_completion","choices":[{"text":"","index":0,"finish_reason":null}]}""",
        "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"error\":null,\"output\":[]}}",
        """data: {"sequence_number":1,"type":"response.in_progress"}""",
        """data: {"response":{"type":"x"},"type":"response.queued"}""",
        """data: {"type":"response.output_item.added","item":{"type":"message","content":[]}}""",
        """data: {"type":"response.content_part.added"}""",
        "\uFEFFdata: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}",
        "data: {\"choices\":[]}\r\n: more",
    ];

    public static TheoryData<string> Content =>
    [
        """data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}""",
        """data: {"choices":[{"delta":{"content":" "}}]}""",
        """data: {"choices":[{"delta":{},"index":0},{"delta":{"content":"b"},"index":1}]}""",
        """data: {"choices":[{"delta":{"reasoning_content":"hm"}}]}""",
        """data: {"choices":[{"delta":{"reasoning":"hm"}}]}""",
        """data: {"choices":[{"delta":{"refusal":"no"}}]}""",
        """data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"call","type":"function","function":{"name":"f","arguments":""}}]}}]}""",
        """data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]}}]}""",
        """data: {"choices":[{"delta":{"function_call":{"name":"f"}}}]}""",
        """data: {"choices":[{"delta":{"audio":{"data":"AAAA"}}}]}""",
        """data: {"choices":[{"delta":{},"finish_reason":"stop"}]}""",
        """data: {"choices":[{"text":"x","index":0}]}""",
        """data: {"type":"response.output_text.delta","delta":"x"}""",
        """data: {"type":"response.reasoning_summary_text.delta","delta":"x"}""",
        """data: {"type":"response.function_call_arguments.delta","delta":"{"}""",
        """data: {"type":"response.completed","response":{}}""",
        """data: {"type":"response.failed"}""",
        """data: {"type":7}""",
        """data: {"error":{"message":"no"}}""",
        "event: error\ndata: {\"message\":\"no\"}",
        "data: [DONE]", "data: text", "data: ", "data: {", "data: {\"choices\":[{\"delta\":", "data: 1", "data: {}",
        "data: {\"choices\":[]}\ndata: x",
        "\uFEFFdata: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}",
    ];

    [Theory]
    [MemberData(nameof(NotContent))]
    public void IsContent_Announcement_IsNot(string text) => Assert.All(LineEnds(text), static one => Assert.False(SseEvents.IsContent(one)));

    [Theory]
    [MemberData(nameof(Content))]
    public void IsContent_AnythingElse_Is(string text) => Assert.All(LineEnds(text), static one => Assert.True(SseEvents.IsContent(one)));

    [Theory]
    [InlineData("data: [DONE]\n\n", true)]
    [InlineData("data:[DONE]\r\n\r\n", true)]
    [InlineData("data: {\"choices\":[]}\n\ndata: [DONE]\n\n", true)]
    [InlineData("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", true)]
    [InlineData("data: {\"choices\":[{\"finish_reason\" : \"length\"}]}\n\n", true)]
    [InlineData("data: {\"choices\":[{\"finish_reason\":\"stop\",\"delta\":{}},{\"finish_reason\":null}]}\n\n", true)]
    [InlineData("event: response.completed\ndata: {\"type\":\"response.completed\"}\n\n", true)]
    [InlineData("data: {\"type\": \"response.failed\"}\n\n", true)]
    [InlineData("data: {\"type\":\"response.incomplete\"}\n\n", true)]
    [InlineData("data: {\"error\":{\"message\":\"no\"}}\n\n", true)]
    [InlineData("data: {\"error\" : \"no\"}\n\n", true)]
    [InlineData("event: error\ndata: {\"type\":\"error\",\"message\":\"no\"}\n\n", true)]
    [InlineData("data: {\"type\": \"error\", \"code\": \"server_error\"}\n\n", true)]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":null}]}\n\n", false)]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"data: [DONE]\"}}]}\n\n", false)]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"\\\"finish_reason\\\":\\\"stop\\\" \\\"error\\\":{ \\\"response.completed\\\"\"}}]}\n\n", false)]
    [InlineData("data: {\"type\":\"response.created\",\"response\":{\"status\":\"in_progress\",\"error\":null,\"incomplete_details\":null}}\n\n", false)]
    [InlineData("data: {\"choices\":[],\"error\": null}\n\n", false)]
    [InlineData(": [DONE]\n\n", false)]
    [InlineData("", false)]
    public void HoldsEnd_Events_OnlyOnARealEnd(string events, bool isEnd) => Assert.Equal(isEnd, SseEvents.HoldsEnd(Encoding.UTF8.GetBytes(events)));

    /// <summary>The first event of a response has the caller's own tools in it, as they came.</summary>
    private const string Echo = """
        event: response.created
        data: {"type":"response.created","response":{"status":"in_progress","error":null,"usage":null,"tools":[{"type":"function","name":"response.completed","parameters":{"type":"error","properties":{"error":{"type":"object"},"finish_reason":"stop"},"enum":["response.completed"],"default":{"usage":{"input_tokens":0,"output_tokens":2000000}}}}]}}


        """;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("row", "U10")]
    public void HoldsEnd_WhatTheCallerHadRepeated_IsNoEnd(bool isPiece)
    {
        byte[] events = Encoding.UTF8.GetBytes(Echo.ReplaceLineEndings("\n"));

        Assert.False(SseEvents.HoldsEnd(isPiece ? events.AsSpan(0, events.Length - 10) : events, isPiece: isPiece));
    }

    [Theory]
    [InlineData("event: response.completed\ndata: {\"response\":{\"output\":[{\"text\":\"and so", true)]
    [InlineData("data: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"text\":\"and so", true)]
    [InlineData("data: {\"type\":\"response.output_item.done\",\"item\":{\"error\":{\"a\":\"and so", false)]
    [InlineData("er\":{\"a\":1},\"error\":{\"b\":1}", false)]
    public void HoldsEnd_PieceOfALongEvent_TellsByItsBeginning(string piece, bool isEnd) =>
        Assert.Equal(isEnd, SseEvents.HoldsEnd(Encoding.UTF8.GetBytes(piece), isPiece: true));

    [Theory]
    [InlineData("data: {\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}\n\n", false)]
    [InlineData("data: [DONE]\n\n", true)]
    [InlineData("data: {\"error\":{\"message\":\"no\"}}\n\n", true)]
    public void HoldsEnd_OfSeveralChoices_OneIsNotTheEnd(string events, bool isEnd) =>
        Assert.Equal(isEnd, SseEvents.HoldsEnd(Encoding.UTF8.GetBytes(events), countsFinish: false));

    private static IEnumerable<byte[]> LineEnds(string text) =>
        new[] { "\n", "\r\n", "\r" }.Select(end => Encoding.UTF8.GetBytes((text + "\n\n").ReplaceLineEndings("\n").Replace("\n", end, StringComparison.Ordinal)));

    private static IEnumerable<int> Ends(byte[] stream)
    {
        for (int at = 0; SseEvents.FirstLength(stream.AsSpan(at)) is > 0 and int length;)
        {
            at += length;
            yield return at;
        }
    }
}
