using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Gateway.Tests.Support;

public sealed class SimulatorFaceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Completions_EitherWay_GiveTheText(bool stream)
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage answer = await sim.PostAsync(
            "/v1/completions", $$"""{"model":"m","prompt":"one two","stream":{{(stream ? "true" : "false")}},"max_tokens":4}""");

        string[] parts = stream ? (await answer.EventsAsync())[..^1] : [await answer.Content.ReadAsStringAsync(SimulatorFixture.Cancel)];
        string text = string.Concat(parts.Select(part => JsonElement.Parse(part).GetProperty("choices")[0].GetProperty("text").GetString()));
        Assert.Equal("the sun set far", text);
    }

    [Fact]
    public async Task Embeddings_FloatAndBase64_AreTheSameNumbers()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        const string Input = """{"model":"e","input":["one","two"],"dimensions":8""";

        using HttpResponseMessage floats = await sim.PostAsync("/v1/embeddings", Input + "}");
        using HttpResponseMessage encoded = await sim.PostAsync("/v1/embeddings", Input + ""","encoding_format":"base64"}""");

        JsonElement data = (await floats.JsonAsync()).GetProperty("data");
        JsonElement codes = (await encoded.JsonAsync()).GetProperty("data");
        for (int i = 0; i < 2; i++)
        {
            float[] numbers = [.. data[i].GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle())];
            Assert.Equal(8, numbers.Length);
            Assert.Equal(numbers, MemoryMarshal.Cast<byte, float>(codes[i].GetProperty("embedding").GetBytesFromBase64()).ToArray());
        }

        Assert.NotEqual(data[0].GetProperty("embedding").ToString(), data[1].GetProperty("embedding").ToString());
    }

    [Theory]
    [InlineData("[1,2,3]", 1, 3)]
    [InlineData("[[1,2],[3]]", 2, 3)]
    [InlineData("\"caf\\u00e9 time\"", 1, 2)]
    public async Task Embeddings_InputForms_AreCounted(string input, int vectors, int tokens)
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage answer = await sim.PostAsync("/v1/embeddings", $$"""{"input":{{input}},"model":"e","dimensions":2}""");

        JsonElement body = await answer.JsonAsync();
        Assert.Equal((vectors, tokens), (body.GetProperty("data").GetArrayLength(), body.Usage("prompt_tokens")));
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","tools":[{"type":"function","name":"look_up"}]""")]
    public async Task Responses_EitherWay_AgreeOnTheOutput(string tools)
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        string body = """{"model":"m","input":"hello" """ + tools;

        using HttpResponseMessage plain = await sim.PostAsync("/v1/responses", body + "}", "nonce=r");
        using HttpResponseMessage streamed = await sim.PostAsync("/v1/responses", body + ""","stream":true}""", "nonce=r");

        JsonElement whole = await plain.JsonAsync();
        JsonElement[] events = [.. (await streamed.EventsAsync()).Select(text => JsonElement.Parse(text))];
        Assert.Equal("response.created", events[0].GetProperty("type").GetString());
        Assert.Equal("response.completed", events[^1].GetProperty("type").GetString());
        Assert.Equal(Enumerable.Range(0, events.Length), events.Select(item => item.GetProperty("sequence_number").GetInt32()));
        string deltas = string.Concat(events.Where(item => item.GetProperty("type").GetString()!.EndsWith(".delta", StringComparison.Ordinal))
            .Select(item => item.GetProperty("delta").GetString()));
        JsonElement output = whole.GetProperty("output")[0];
        JsonElement content = tools.Length == 0 ? output.GetProperty("content")[0].GetProperty("text") : output.GetProperty("arguments");
        Assert.Equal(content.GetString(), deltas);
        Assert.Equal(whole.GetProperty("usage").ToString(), events[^1].GetProperty("response").GetProperty("usage").ToString());
    }

    [Fact]
    public async Task Models_ListOneUnknownAndHead_Answer()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage list = await sim.SendAsync(HttpMethod.Get, "/v1/models", null);
        using HttpResponseMessage one = await sim.SendAsync(HttpMethod.Get, "/v1/models/gpt-4o", null);
        using HttpResponseMessage none = await sim.SendAsync(HttpMethod.Get, "/v1/models/nope", null);
        using HttpResponseMessage head = await sim.SendAsync(HttpMethod.Head, "/v1/models", null);
        using HttpResponseMessage outside = await sim.SendAsync(HttpMethod.Get, "/admin", null);

        Assert.NotEqual(0, (await list.JsonAsync()).GetProperty("data").GetArrayLength());
        Assert.Equal("gpt-4o", (await one.JsonAsync()).GetProperty("id").GetString());
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (none.StatusCode, outside.StatusCode));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(SimulatorFixture.Cancel));
    }

    [Fact]
    public async Task Files_UploadedFile_ListsReadsAndDeletes()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        byte[] content = RandomNumberGenerator.GetBytes(300_000);

        using HttpResponseMessage upload = await sim.SendAsync(HttpMethod.Post, "/v1/files", Form(content, ("purpose", "batch")));
        JsonElement file = await upload.JsonAsync();
        string path = "/v1/files/" + file.GetProperty("id").GetString();
        JsonElement list = await (await sim.SendAsync(HttpMethod.Get, "/v1/files", null)).JsonAsync();
        byte[] back = await sim.Client.GetByteArrayAsync(path + "/content", SimulatorFixture.Cancel);
        using HttpResponseMessage deleted = await sim.SendAsync(HttpMethod.Delete, path, null);
        using HttpResponseMessage gone = await sim.SendAsync(HttpMethod.Get, path, null);

        Assert.Equal((300_000, "batch"), (file.GetProperty("bytes").GetInt32(), file.GetProperty("purpose").GetString()));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), file.GetProperty("sha256").GetString());
        Assert.Equal((1, HttpStatusCode.OK, HttpStatusCode.NotFound), (list.GetProperty("data").GetArrayLength(), deleted.StatusCode, gone.StatusCode));
        Assert.Equal(content, back);
    }

    [Fact]
    public async Task Audio_BothWays_Answer()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage heard =
            await sim.SendAsync(HttpMethod.Post, "/v1/audio/transcriptions", Form([1, 2, 3], ("model", "whisper-1")), "tokens=2");
        using HttpResponseMessage said = await sim.PostAsync("/v1/audio/speech", """{"model":"tts-1","input":"hi","voice":"a"}""", "tokens=2");

        Assert.Equal("the sun", (await heard.JsonAsync()).GetProperty("text").GetString());
        Assert.Equal("audio/mpeg", said.Content.Headers.ContentType?.MediaType);
        Assert.Equal(8192, (await said.Content.ReadAsByteArrayAsync(SimulatorFixture.Cancel)).Length);
        Assert.Equal(1, sim.Host.Stats.ByModel["whisper-1"].Completed);
    }

    [Fact]
    public async Task ModerationsImagesEcho_Asked_Answer()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage moderation = await sim.PostAsync("/v1/moderations", """{"input":["a","b"]}""");
        using HttpResponseMessage image = await sim.PostAsync("/v1/images/generations", """{"prompt":"a","n":2,"response_format":"b64_json"}""");
        using HttpResponseMessage echo = await sim.SendAsync(HttpMethod.Patch, "/v1/not/yet?x=1", new StringContent("body"));

        Assert.Equal(2, (await moderation.JsonAsync()).GetProperty("results").GetArrayLength());
        Assert.NotEmpty((await image.JsonAsync()).GetProperty("data")[1].GetProperty("b64_json").GetBytesFromBase64());
        JsonElement said = await echo.JsonAsync();
        Assert.Equal(("PATCH", "/v1/not/yet", "?x=1", 4), (said.GetProperty("method").GetString(), said.GetProperty("path").GetString(),
            said.GetProperty("query").GetString(), said.GetProperty("body_bytes").GetInt32()));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("body"u8)), said.GetProperty("body_sha256").GetString());
    }

    [Fact]
    public async Task Realtime_WebSocket_EchoesAndEnds()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        using ClientWebSocket socket = new();
        socket.Options.AddSubProtocol("realtime");
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{sim.Host.BaseAddress.Port}/v1/realtime?model=m"), SimulatorFixture.Cancel);
        Assert.Equal((1, "realtime"), (sim.Host.Stats.Live, socket.SubProtocol));

        byte[] buffer = new byte[64];
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, SimulatorFixture.Cancel);
        WebSocketReceiveResult result = await socket.ReceiveAsync(buffer, SimulatorFixture.Cancel);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, SimulatorFixture.Cancel);

        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, result.Count));
        Assert.True(sim.Host.Stats is { Live: 0, Completed: 1 });
    }

    private static MultipartFormDataContent Form(byte[] file, params (string Name, string Value)[] fields)
    {
        ByteArrayContent content = new(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("audio/wav");
        MultipartFormDataContent form = new() { { content, "file", "a.wav" } };
        foreach ((string name, string value) in fields) form.Add(new StringContent(value), name);
        return form;
    }
}
