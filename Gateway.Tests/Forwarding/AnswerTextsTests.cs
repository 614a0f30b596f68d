using System.Text;
using System.Text.Json;
using Gateway.Forwarding;
using Gateway.Tokenization;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>What a model wrote is found, wherever its API puts it, and counted as one text.</summary>
[Trait("req", "M2")]
public class AnswerTextsTests
{
    private static readonly TokenEstimator Tokens = new();

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hello world"},"finish_reason":null}]}""", "Hello world")]
    [InlineData("""{"choices":[{"delta":{"content":"gr\u00fc\u00dfe \ud83d\ude42\n"},"logprobs":{"content":[{"token":"no","text":"no"}]}}]}""", "grüße 🙂\n")]
    [InlineData("""{"choices":[{"delta":{"reasoning":"why","reasoning_content":"why","reasoning_details":[{"text":"why"}]}}]}""", "why")]
    [InlineData("""{"choices":[{"delta":{"refusal":"I will not"}}]}""", "I will not")]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"find","arguments":"{\"a\":1}"}}]}}]}""", "find|{\"a\":1}")]
    [InlineData("""{"choices":[{"delta":{"content":[{"type":"text","text":"part"}],"annotations":[{"text":"no"}]}}]}""", "part")]
    [InlineData("""{"choices":[{"text":"completed","index":0,"content_filter_results":{"name":"no"}}]}""", "completed")]
    [InlineData("""{"type":"response.output_text.delta","item_id":"m","delta":"spoken"}""", "spoken")]
    [InlineData("""{"type":"response.output_item.done","item":{"content":[{"text":"said before"}]}}""", "")]
    [InlineData("""{"choices":[],"usage":{"name":"x"}}""", "")]
    [InlineData("""{"choices":null,"delta":{"content":"x"}}""", "")]
    [InlineData("[DONE]", "")]
    [InlineData("not json", "")]
    public void ReadEvents_OneEvent_FindsItsTexts(string data, string texts)
    {
        var text = New();

        AnswerTexts.ReadEvents(Encoding.UTF8.GetBytes($": c\r\nevent: e\r\ndata: {data}\r\n\r\n"), text);

        Assert.Equal(Count(texts.Split('|')), text.Count(isNeeded: true));
    }

    [Theory]
    [InlineData("""{"choices":[{"message":{"role":"assistant","content":"Hello world","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}},{"message":{"content":"Bye"}}]}""", "Hello world|f|{}|Bye")]
    [InlineData("""{"id":"resp_1","output":[{"type":"message","content":[{"type":"output_text","text":"spoken"}]},{"type":"function_call","name":"g","arguments":"[1]"}],"text":{"format":{"type":"text"}}}""", "spoken|g|[1]")]
    [InlineData("""{"choices":[{"text":"one two"}],"error":{"text":"no"}}""", "one two")]
    [InlineData("""{"choices":[{"message":{"content":"first"}},{"message":{"content":"cut o""", "first")]
    [InlineData("""{"data":[{"text":"no"}]}""", "")]
    public void ReadAnswer_Plain_FindsItsTexts(string json, string texts)
    {
        var text = New();

        AnswerTexts.ReadAnswer(Encoding.UTF8.GetBytes(json), text);

        Assert.Equal(Count(texts.Split('|')), text.Count(isNeeded: true));
    }

    [Fact]
    public void ReadEvents_WordsCutAcrossEvents_AreCountedWhole()
    {
        var text = New();
        foreach (string piece in (string[])["interna", "tional", "isa", "tion ", "of con", "stitu", "tions"])
        {
            AnswerTexts.ReadEvents(Event(0, piece), text);
        }

        Assert.Equal(Count("internationalisation of constitutions"), text.Count(isNeeded: true));
    }

    [Fact]
    public void ReadEvents_TwoAnswersAtOnce_AreNotTakenForOneWord()
    {
        var text = New();
        AnswerTexts.ReadEvents([.. Event(0, "inter"), .. Event(1, "national"), .. Event(0, "inter"), .. Event(1, "national")], text);

        Assert.Equal(2 * Count("inter", "national"), text.Count(isNeeded: true));
    }

    [Fact]
    public void ReadEvents_LongerThanIsKept_CountsTheSame()
    {
        string words = string.Concat(Enumerable.Range(0, 40_000).Select(static i => $" word{i % 977} und Gr\u00fc\u00dfe,"));
        var text = New();
        for (int at = 0; at < words.Length; at += 5)
        {
            AnswerTexts.ReadEvents(Event(0, words.Substring(at, Math.Min(5, words.Length - at))), text);
        }

        Assert.Equal(Count(words), text.Count(isNeeded: true));
    }

    [Theory]
    [InlineData("字")]
    [InlineData("x")]
    [InlineData("🙂")]
    public void ReadEvents_LongWithoutABlank_IsBoundedAndNearlyRight(string unit)
    {
        string all = string.Concat(Enumerable.Repeat(unit, 100_000));
        var text = New();
        for (int at = 0; at < all.Length; at += 1000)
        {
            AnswerTexts.ReadEvents(Event(0, all.Substring(at, 1000)), text);
        }

        long whole = Count(all);
        Assert.InRange(text.Count(isNeeded: true), whole, whole + 40);
    }

    [Fact]
    public void ReadEvents_HalfOfACharacter_IsNoError()
    {
        var text = New();
        AnswerTexts.ReadEvents("data: {\"choices\":[{\"delta\":{\"content\":\"\\ud83d\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\\ude42\"}}]}\n\n"u8, text);

        Assert.InRange(text.Count(isNeeded: true), 1, 2);
    }

    private static AnswerText New() => new(Tokens, "gpt-4o");

    private static byte[] Event(int index, string content) =>
        Encoding.UTF8.GetBytes($"data: {{\"choices\":[{{\"index\":{index},\"delta\":{{\"content\":{JsonSerializer.Serialize(content)}}}}}]}}\n\n");

    private static long Count(params string[] texts) => texts.Sum(static text => Tokens.CountText("gpt-4o", Encoding.UTF8.GetBytes(text)));
}
