using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Gateway.Requests;
using Gateway.Tests.Requests;
using Gateway.Tokenization;
using Xunit;

namespace Gateway.Tests.Tokenization;

[Trait("req", "M2")]
public class PromptTokensTests
{
    /// <summary>Messages of OpenAI's cookbook, "How to count tokens with tiktoken".</summary>
    private const string Jargon = """
        {"messages":[
        {"role":"system","content":"You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
        {"role":"system","name":"example_user","content":"New synergies will help drive top-line growth."},
        {"role":"system","name":"example_assistant","content":"Things working well together will increase revenue."},
        {"role":"system","name":"example_user","content":"Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
        {"role":"system","name":"example_assistant","content":"Let's talk later when we're less busy about how to do better."},
        {"role":"user","content":"This late pivot means we don't have time to boil the ocean for the client deliverable."}]}
        """;

    /// <summary>The tool of the same page.</summary>
    private const string Weather = """
        {"messages":[{"role":"system","content":"You are a helpful assistant that can answer to questions about the weather."},
        {"role":"user","content":"What's the weather like in San Francisco?"}],
        "tools":[{"type":"function","function":{"name":"get_current_weather","description":"Get the current weather in a given location",
        "parameters":{"type":"object","properties":{"location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"},
        "unit":{"type":"string","description":"The unit of temperature to return","enum":["celsius","fahrenheit"]}},"required":["location"]}}}]}
        """;

    [Theory]
    [InlineData("gpt-3.5-turbo", 129)]
    [InlineData("gpt-4-0613", 129)]
    [InlineData("gpt-4o", 124)]
    [InlineData("gpt-4o-mini", 124)]
    public void Chat_CookbookMessages_CountAsTheServiceDoes(string model, long tokens) => Assert.Equal(tokens, Chat(Jargon, model));

    [Theory]
    [InlineData("gpt-3.5-turbo", 105)]
    [InlineData("gpt-4", 105)]
    [InlineData("gpt-4o", 101)]
    [InlineData("gpt-4o-mini", 101)]
    public void Chat_CookbookTools_CountAsTheServiceDoes(string model, long tokens) => Assert.Equal(tokens, Chat(Weather, model));

    [Fact]
    public void Chat_BodyInSegments_CountsTheSameAtEveryCut()
    {
        byte[] body = Encoding.UTF8.GetBytes(Weather.Replace("San Francisco", "S\\u00e3o \\ud83d\\ude42 \\\"Paulo\\\" 東京", StringComparison.Ordinal));
        long whole = PromptTokens.Of(ApiOperation.Chat, "gpt-4o", new ReadOnlySequence<byte>(body));

        Assert.All(Enumerable.Range(1, body.Length - 1), cut => Assert.Equal(whole, PromptTokens.Of(ApiOperation.Chat, "gpt-4o", ByteSequences.Cut(body, cut))));
    }

    [Theory]
    [InlineData("some words, more words. ")]
    [InlineData("""line\n\ttab \u00e9 \ud83d\ude42 \ud83d \"said\" don't """)]
    [InlineData("""\u4e2d\u6587""")]
    [InlineData("QUJD+RE/=")]
    [InlineData("x")]
    [InlineData("🙂")]
    [InlineData("中文，中文。")]
    public void Chat_LongText_CountsInWindowsAsInOne(string unit)
    {
        foreach (int length in new[] { 65_530, 65_536, 65_537, 140_000, 400_000 })
        {
            for (int shift = 0; shift < 13; shift += 3)
            {
                string text = new string('y', shift) + string.Concat(Enumerable.Repeat(unit, length / unit.Length));
                byte[] body = Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"{{text}}"}]}""");

                // Half of a pair is no text: something stands for it.
                string plain = JsonSerializer.Deserialize<string>($"\"{text.Replace("\\ud83d ", "\\ufffd ", StringComparison.Ordinal)}\"")!;
                Assert.Equal(3 + 1 + 3 + Count(plain), PromptTokens.Of(ApiOperation.Chat, "gpt-4o", ByteSequences.Split(body, 65_536)));
                Assert.Equal(3 + 1 + 3 + Count(plain), PromptTokens.Of(ApiOperation.Chat, "gpt-4o", ByteSequences.Split(body, 4_099)));
            }
        }
    }

    [Fact]
    public void Chat_TextOfMegabytes_IsCountedInLittleMemory()
    {
        byte[] body = Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"{{string.Concat(Enumerable.Repeat("word ", 1_000_000))}}"}]}""");
        ReadOnlySequence<byte> segments = ByteSequences.Split(body, 65_536);
        Count("the vocabulary is there");
        long allocated = 0;
        long tokens = 0;

        // A thread of its own: what others have given back to the pool is not there.
        var counting = new Thread(() =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            tokens = PromptTokens.Of(ApiOperation.Chat, "gpt-4o", segments);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        });
        counting.Start();
        counting.Join();

        Assert.InRange(tokens, 1_000_000, 1_000_020);
        Assert.InRange(allocated, 0, 300_000);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"a\u00e9\n\ud83d\ude42"}]}""", "aé\n🙂")]
    [InlineData("""{"messages":[{"role":"user","content":"a\ud83dz\ude42"}]}""", "a\ufffdz\ufffd")]
    [InlineData("""{"messages":[{"role":"user","content":"\ud83d\u0041"}]}""", "\ufffdA")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":" two"}]}]}""", "one two")]
    [InlineData("""{"m\u0065ssages":[{"role":"user","content":"one","tool_call_id":"x","extra":{"content":"not"}}],"user":"not"}""", "one")]
    public void Chat_Texts_CountWithTheirFrame(string body, string text) => Assert.Equal(3 + 1 + 3 + Count(text), Chat(body, "gpt-4o"));

    [Fact]
    public void Chat_ToolCalls_CountNamesAndArguments() => Assert.Equal(
        3 + 3 + 1 + 3 + Count("look_up") + Count("{\"a\":1}"),
        Chat("""{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"look_up","arguments":"{\"a\":1}"}}]}]}""", "gpt-4o"));

    [Theory]
    [InlineData("""{"prompt":"Once upon a time"}""", 4)]
    [InlineData("""{"prompt":["Once upon a time","Once upon a time"],"suffix":"Once"}""", 9)]
    [InlineData("""{"prompt":[1,2,3]}""", 3)]
    [InlineData("""{"prompt":[[1,2,3],[4]]}""", 4)]
    [InlineData("""{"prompt":{"a":"b"},"echo":true}""", 0)]
    [InlineData("""{"prompt":null}""", 0)]
    public void Completions_Prompts_Count(string body, long tokens) => Assert.Equal(tokens, Of(ApiOperation.Completions, body, "davinci-002"));

    [Theory]
    [InlineData("""{"input":"Once upon a time"}""", 4)]
    [InlineData("""{"input":["Once upon a time","Once"],"dimensions":5}""", 5)]
    [InlineData("""{"input":[[1,2],[3,4]]}""", 4)]
    public void Embeddings_Inputs_Count(string body, long tokens) => Assert.Equal(tokens, Of(ApiOperation.Embeddings, body, "text-embedding-3-small"));

    [Theory]
    [InlineData("""{"input":"Once upon a time"}""", 3 + 1 + 4 + 3)]
    [InlineData("""{"instructions":"Once upon a time","input":[{"role":"user","content":[{"type":"input_text","text":"Once upon a time"}]}]}""", (2 * (3 + 1 + 4)) + 3)]
    [InlineData("""{"input":[{"type":"function_call_output","call_id":"c","output":"Once upon a time"}]}""", 3 + 4 + 3)]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_image","image_url":"https://example.com/a.png","detail":"low"}]}]}""", 3 + 1 + 85 + 3)]
    public void Responses_Input_Counts(string body, long tokens) => Assert.Equal(tokens, Of(ApiOperation.Responses, body, "gpt-4o"));

    /// <summary>The examples of OpenAI's page on pictures, and its rules on other sizes.</summary>
    [Theory]
    [InlineData("gpt-4o", 1024, 1024, "high", 765)]
    [InlineData("gpt-4o", 2048, 4096, "high", 1105)]
    [InlineData("gpt-4o", 4096, 8192, "low", 85)]
    [InlineData("gpt-4o", 512, 512, "auto", 255)]
    [InlineData("gpt-4o-mini", 1024, 1024, "high", 2833 + (4 * 5667))]
    [InlineData("o1", 1024, 1024, "high", 75 + (4 * 150))]
    [InlineData("gpt-5", 1024, 1024, "high", 70 + (4 * 140))]
    [InlineData("gpt-4.1-mini", 1024, 1024, "high", 1659)]
    [InlineData("gpt-4.1-mini", 1800, 2400, "high", 2353)]
    [InlineData("gpt-4.1-nano", 32, 32, "high", 3)]
    public void Images_InlinePng_CountByTheirSize(string model, int width, int height, string detail, long tokens)
    {
        byte[] png = [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', 0, 0, 0, 13, .. "IHDR"u8, .. Big(width), .. Big(height), 8, 6, 0, 0, 0, 1, 2, 3, 4];

        Assert.Equal(tokens, Image(model, "image/png", png, detail));
    }

    [Fact]
    public void Images_OtherFormats_TellTheirSize()
    {
        byte[] gif = [.. "GIF89a"u8, 0, 2, 0, 1, 0, 0, 0];
        byte[] jpeg = [0xFF, 0xD8, 0xFF, 0xE1, 0, 6, 1, 2, 3, 4, 0xFF, 0xC4, 0, 3, 9, 0xFF, 0xC2, 0, 11, 8, 1, 0, 2, 0, 3, 1, 2, 3];
        byte[] webp = [.. "RIFF"u8, 0, 0, 0, 0, .. "WEBPVP8X"u8, 10, 0, 0, 0, 0, 0, 0, 0, 0xFF, 1, 0, 0xFF, 0, 0];

        Assert.All([("image/gif", gif), ("image/jpeg", jpeg), ("image/webp", webp)], static image => Assert.Equal(
            new ImageSize(512, 256), ImageSize.OfUrl(Encoding.ASCII.GetBytes($"data:{image.Item1};base64,{Convert.ToBase64String(image.Item2)}"))));
        Assert.All(
            ["https://example.com/x.png", "data:image/png;base64,", "data:image/png;base64,!!!!", "data:image/jpeg;base64,/9j/4AAA", ""],
            static url => Assert.Equal(ImageSize.Assumed, ImageSize.OfUrl(Encoding.ASCII.GetBytes(url))));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"messages\":7}")]
    [InlineData("{\"messages\":[7,null,[[]]],\"tools\":[1,{\"function\":[]}]}")]
    [InlineData("{\"messages\":[{\"content\":{\"a\":[1]},\"role\":[],\"tool_calls\":[[[]]],\"name\":{}}],\"tools\":{\"a\":1}}")]
    [InlineData("{\"messages\":[{\"role\":\"user\"")]
    [InlineData("no json")]
    public void Chat_OddBodies_CountWithoutComplaint(string body) => Assert.InRange(Chat(body, "gpt-4o"), 0, 30);

    [Fact]
    public void Chat_DeepSchemas_Count()
    {
        string deep = string.Concat(Enumerable.Repeat("{\"properties\":{\"p\":", 120)) + "{}" + string.Concat(Enumerable.Repeat("}}", 120));

        Assert.InRange(Chat($$$"""{"tools":[{"type":"function","function":{"name":"f","parameters":{{{deep}}}}}]}""", "gpt-4o"), 120, 2000);
    }

    private static long Image(string model, string type, byte[] image, string detail)
    {
        string body = $$$"""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"detail":"{{{detail}}}","url":"data:{{{type}}};base64,{{{Convert.ToBase64String(image)}}}"}}]}]}""";
        return Chat(body, model) - 3 - 1 - 3;
    }

    private static byte[] Big(int number)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private static long Chat(string body, string model) => Of(ApiOperation.Chat, body, model);

    private static long Of(ApiOperation operation, string body, string model) =>
        PromptTokens.Of(operation, model, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)));

    private static long Count(string text) => Tokenizer.O200k.Count(Encoding.UTF8.GetBytes(text));
}
