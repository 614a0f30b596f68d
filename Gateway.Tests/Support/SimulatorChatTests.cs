using System.Net;
using System.Text.Json;
using Xunit;

namespace Gateway.Tests.Support;

public sealed class SimulatorChatTests
{
    private const string Asked = """{"model":"gpt-4o","user":"caller-7","messages":[{"role":"user","content":"hello there world"}]}""";

    [Fact]
    public async Task Chat_Plain_CarriesTextUsageNonceAndHeaders()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage answer = await sim.PostAsync("/v1/chat/completions", Asked, "tokens=5");

        JsonElement body = await answer.JsonAsync();
        JsonElement choice = body.GetProperty("choices")[0];
        Assert.Equal("the sun set far off", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        // "hello there world" is three words of five letters: two tokens each.
        Assert.Equal((6, 5), (body.Usage("prompt_tokens"), body.Usage("completion_tokens")));
        Assert.Equal("fp_caller-7", body.GetProperty("system_fingerprint").GetString());
        Assert.Equal("caller-7", answer.Header("x-sim-nonce"));
        Assert.StartsWith("req_", answer.Header("x-request-id"), StringComparison.Ordinal);
        Assert.All(["openai-processing-ms", "openai-version", "x-ratelimit-remaining-tokens"], name => Assert.NotEmpty(answer.Header(name)));
        Assert.Equal((0, 1L, 5L), (sim.Host.Stats.Live, sim.Host.Stats.Completed, sim.Host.Stats.TokensOut));
    }

    [Fact]
    public async Task Chat_Streamed_SendsRoleContentFinishUsageDone()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        string body = Asked[..^1] + ""","stream":true,"stream_options":{"include_usage":true}}""";

        using HttpResponseMessage answer = await sim.PostAsync("/v1/chat/completions", body, "tokens=70");
        string[] events = await answer.EventsAsync();

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("[DONE]", events[^1]);
        JsonElement[] chunks = [.. events[..^1].Select(text => JsonElement.Parse(text))];
        Assert.Equal("assistant", Delta(chunks[0]).GetProperty("role").GetString());
        string text = string.Concat(chunks[1..^2].Select(chunk => Delta(chunk).GetProperty("content").GetString()));
        using HttpResponseMessage plain = await sim.PostAsync("/v1/chat/completions", Asked, "tokens=70");
        JsonElement whole = await plain.JsonAsync();
        Assert.Equal(whole.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), text);
        Assert.Equal("stop", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Empty(chunks[^1].GetProperty("choices").EnumerateArray());
        Assert.Equal((6, 70), (chunks[^1].Usage("prompt_tokens"), chunks[^1].Usage("completion_tokens")));
        Assert.Single(chunks.Select(chunk => chunk.GetProperty("id").GetString()).Distinct());
    }

    [Fact]
    public async Task Chat_MaxTokensBelowTokens_EndsWithLength()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage answer = await sim.PostAsync("/v1/chat/completions", Asked[..^1] + ""","max_tokens":3}""");

        JsonElement body = await answer.JsonAsync();
        Assert.Equal("length", body.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(3, body.Usage("completion_tokens"));
    }

    [Fact]
    public async Task Chat_Tools_AnswersWithCallBothWays()
    {
        const string Tools = ""","tools":[{"type":"function","function":{"name":"look_up","parameters":{"type":"object"}}}]}""";
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage plain = await sim.PostAsync("/v1/chat/completions", Asked[..^1] + Tools);
        using HttpResponseMessage streamed = await sim.PostAsync("/v1/chat/completions", Asked[..^1] + ""","stream":true""" + Tools);

        JsonElement choice = (await plain.JsonAsync()).GetProperty("choices")[0];
        JsonElement function = choice.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function");
        Assert.Equal(("look_up", "tool_calls"), (function.GetProperty("name").GetString(), choice.GetProperty("finish_reason").GetString()));
        JsonElement[] chunks = [.. (await streamed.EventsAsync())[..^1].Select(text => JsonElement.Parse(text))];
        JsonElement[] calls = [.. chunks.Select(Delta).Where(delta => delta.TryGetProperty("tool_calls", out _))
            .Select(delta => delta.GetProperty("tool_calls")[0].GetProperty("function"))];
        Assert.Equal("look_up", calls[0].GetProperty("name").GetString());
        Assert.Equal(function.GetProperty("arguments").GetString(), string.Concat(calls.Select(call => call.GetProperty("arguments").GetString())));
        Assert.NotEmpty(JsonElement.Parse(function.GetProperty("arguments").GetString()!).GetProperty("value").GetString()!);
    }

    [Theory]
    [InlineData(""","tool_choice":"none"}""")]
    [InlineData(""","messages":[{"role":"tool","tool_call_id":"c","content":"found"}]}""")]
    public async Task Chat_ToolsForbiddenOrAnswered_AnswersInWords(string rest)
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage answer = await sim.PostAsync("/v1/chat/completions", """{"model":"m","tools":[{"function":{"name":"f"}}]""" + rest);

        JsonElement message = (await answer.JsonAsync()).GetProperty("choices")[0].GetProperty("message");
        Assert.False(message.TryGetProperty("tool_calls", out _));
    }

    [Fact]
    public async Task Chat_Paced_TakesItsTimeOnAverage()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        long start = TimeProvider.System.GetTimestamp();

        using HttpResponseMessage answer = await sim.PostAsync(
            "/v1/chat/completions", """{"model":"sim:ttft=100,tokens=100,tps=400","stream":true,"messages":[]}""");
        await answer.EventsAsync();

        // 100 ms and 100 tokens at 400 per second: 350 ms; sleeping per token would add a millisecond or more to each.
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds, 349, 5_000);
    }

    [Fact]
    public async Task Chat_EarlyHead_ComesBeforeFirstToken()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(sim.Host.BaseAddress, SimulatorFixture.Cancel);
        await client.PostAsync(
            "/v1/chat/completions", """{"model":"m","stream":true}""", "x-sim-early-head: 1\r\nx-sim-ttft-ms: 60000\r\n", SimulatorFixture.Cancel);

        string read = await client.ReadUntilAsync("\"role\":\"assistant\"", SimulatorFixture.Cancel).WaitAsync(SimulatorFixture.Guard, SimulatorFixture.Cancel);

        Assert.Contains("200 OK", read, StringComparison.Ordinal);
        Assert.Contains(": simulated\n\n", read, StringComparison.Ordinal);
        Assert.Equal((1, 0L), (sim.Host.Stats.Live, sim.Host.Stats.TokensOut));
    }

    [Theory]
    [InlineData("{", HttpStatusCode.BadRequest)]
    [InlineData("[]", HttpStatusCode.BadRequest)]
    [InlineData("""{"messages":[]}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"model":"sim:fail=nonsense","messages":[]}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"model":"sim:status=418"}""", (HttpStatusCode)418)]
    public async Task Chat_Refused_AnswersOpenAIErrorUnbilled(string body, HttpStatusCode status)
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage answer = await sim.PostAsync("/v1/chat/completions", body);

        Assert.Equal(status, answer.StatusCode);
        JsonElement error = (await answer.JsonAsync()).GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(property => property.Name));
        Assert.Equal((1L, 0L), (sim.Host.Stats.Refused, sim.Host.Stats.BillableStarts));
    }

    private static JsonElement Delta(JsonElement chunk) =>
        chunk.GetProperty("choices").GetArrayLength() == 0 ? default : chunk.GetProperty("choices")[0].GetProperty("delta");
}
