using System.Text;
using Gateway.Forwarding;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>Exactly the event that has nothing but the usage goes.</summary>
[Trait("req", "M2")]
public class UsageEventTests
{
    private const string Text = """data: {"choices":[{"index":0,"delta":{"content":"\"usage\":{"}}],"usage":null}""";
    private const string Usage = """data: {"id":"x","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}""";
    private const string Done = "data: [DONE]";

    [Theory]
    [InlineData("\n", "\n")]
    [InlineData("\r\n", "\r\n")]
    [InlineData("\r", "\r")]
    [InlineData("\n", "\r\n")]
    [InlineData("\r\n", "\n")]
    [InlineData("\n", "\r")]
    public void Remove_AnyLineEnds_TakesItOutAnywhere(string end, string blank)
    {
        string gap = end + blank;
        string noise = $": comment{gap}";
        foreach (string[] events in (string[][])[[Usage, Text, Done], [Text, Usage, Done], [Text, Done, Usage], [Usage], [Usage, Usage, Text]])
        {
            string all = noise + string.Concat(events.Select(one => one + gap)) + noise;
            string left = noise + string.Concat(events.Where(static one => one != Usage).Select(one => one + gap)) + noise;

            Assert.Equal(left, Remove(all));
        }
    }

    [Theory]
    [InlineData("event: message\nid: 7\n" + Usage + "\nretry: 5\n\n")]
    [InlineData("\uFEFF" + Usage + "\n\n")]
    [InlineData(Usage)]
    [InlineData(Usage + "\n")]
    [InlineData("data:{\"usage\" :\t{ } , \"choices\" : [ ] }\n\n")]
    [InlineData("data: {\"choices\":[],\"usage\":\ndata: {\"prompt_tokens\":1}}\n\n")]
    [InlineData("data: {\"choices\":[],\ndata:\ndata: \"usage\":{}}\r\n\r\n")]
    [InlineData("data: {\"choices\":[],\"usage\":{\"usage\":{}},\"prompt_filter_results\":null,\"timings\":{\"choices\":[1]}}\n\n")]
    public void Remove_AnyForm_TakesItOut(string usage) => Assert.Equal("", Remove(usage));

    [Theory]
    [InlineData("data: {\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}]}\n\n")]
    [InlineData("data: {\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}],\"usage\":{\"prompt_tokens\":1}}\n\n")]
    [InlineData("data: {\"choices\":[],\"usage\":null}\n\n")]
    [InlineData("data: {\"choices\":[],\"usage\":7}\n\n")]
    [InlineData("data: {\"choices\":[{}],\"usage\":{}}\n\n")]
    [InlineData("data: {\"choices\":null,\"usage\":{}}\n\n")]
    [InlineData("data: {\"choices\":[],\"usage\":{},\"error\":{\"message\":\"x\"}}\n\n")]
    [InlineData("data: {\"usage\":{}}\n\n")]
    [InlineData("data: {\"x\":{\"choices\":[],\"usage\":{}}}\n\n")]
    [InlineData("data: [{\"choices\":[],\"usage\":{}}]\n\n")]
    [InlineData("data: {\"choices\":[],\"usage\":{}\n\n")]
    [InlineData("data: {\"choices\":[],\"usage\":{}} x\n\n")]
    [InlineData(": {\"choices\":[],\"usage\":{}}\n\n")]
    [InlineData("event: {\"choices\":[],\"usage\":{}}\n\n")]
    public void Remove_Another_Stays(string other) => Assert.Equal(other, Remove(other));

    [Fact]
    public void Remove_RestOfAnEventBegunBefore_StaysWhateverItLooksLike() =>
        Assert.Equal(Usage + "\n\n" + Done + "\n\n", Remove($"{Usage}\n\n{Usage}\n\n{Done}\n\n", startsInside: true));

    private static string Remove(string events, bool startsInside = false)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(events);
        return Encoding.UTF8.GetString(bytes, 0, UsageEvent.Remove(bytes, startsInside));
    }
}
