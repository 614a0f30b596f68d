using System.Net;
using System.Text;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Authentication;

/// <summary>What a key may not do ends before a lane, a slot or an upstream is asked.</summary>
[Trait("req", "M1")]
public class RightsTests
{
    private const string Restricted = "Authorization: Bearer canary-restricted";

    [Theory]
    [InlineData(Rig.Urgent, 403)]
    [InlineData(Rig.Normal, 200)]
    [InlineData(Rig.Batch, 200)]
    public async Task Request_TierOfAnother_IsRefusedBeforeItsBody(int tier, int status)
    {
        await using Rig rig = await StartAsync(new ClientKeyOptions { Name = "team-a", Key = "canary-restricted", Priorities = [2, 3] });
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(tier), Rig.Cancel);

        await client.SendAsync(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\n{Restricted}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", Rig.Cancel);
        string head = await client.ReadUntilAsync("\r\n\r\n", Rig.Cancel).Soon();
        if (status == 200)
        {
            Assert.StartsWith("HTTP/1.1 100 ", head, StringComparison.Ordinal);
            client.Reset();
            await rig.Gateway.Records.WaitForAsync(1);
            return;
        }

        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
        Assert.Contains("tier_not_allowed", head.Contains("tier_not_allowed", StringComparison.Ordinal) ? head : await client.ReadUntilAsync("}}", Rig.Cancel).Soon(), StringComparison.Ordinal);
        Assert.Empty(rig.Upstream.Requests);
        Assert.Equal("team-a", Assert.Single(await rig.AssertQuietAsync(1, 1)).Caller);
    }

    [Theory]
    [InlineData("POST", "/v1/chat/completions", "{\"model\":\"good\",\"messages\":[]}", 200)]
    [InlineData("POST", "/v1/chat/completions", "{\"model\":\"GOOD\",\"messages\":[]}", 200)]
    [InlineData("POST", "/v1/chat/completions", "{\"model\":\"bad\",\"messages\":[]}", 403)]
    [InlineData("POST", "/v1/chat/completions", "{\"model\":\"goo\\u0064\",\"messages\":[]}", 200)]
    [InlineData("POST", "/v1/chat/completions", "{\"model\":\"good \",\"messages\":[]}", 403)]
    [InlineData("POST", "/v1/chat/completions", "{\"model\":null,\"messages\":[]}", 403)]
    [InlineData("POST", "/v1/chat/completions", "{\"messages\":[]}", 403)]
    [InlineData("POST", "/v1/chat/completions", "{\"model\":\"good\",\"model\":\"bad\"}", 400)]
    [InlineData("POST", "/v1/moderations", "{\"input\":\"x\"}", 403)]
    [InlineData("POST", "/v1/batches", "{\"input_file_id\":\"f\"}", 403)]
    [InlineData("GET", "/v1/chat/completions", "{\"model\":\"bad\"}", 403)]
    [InlineData("GET", "/v1/models", null, 200)]
    [InlineData("POST", "/v1/responses/r/cancel", null, 200)]
    public async Task Request_ModelOfAnother_IsRefused(string method, string path, string? json, int status)
    {
        await using Rig rig = await StartAsync(new ClientKeyOptions { Name = "team-a", Key = "canary-restricted", Endpoints = ["/*"], Models = ["good"] });
        rig.Upstream.Respond(AnswerEverythingAsync);

        using HttpResponseMessage answer = await rig.SendAsync(
            rig.Request(Rig.Normal, new HttpMethod(method), path, json is null ? null : Rig.Json(json), Restricted)).Soon();

        await AssertAsync(rig, answer, status);
    }

    [Theory]
    [InlineData("/v1/audio/transcriptions", "model=good", 200)]
    [InlineData("/v1/audio/transcriptions", "model=bad", 403)]
    [InlineData("/v1/audio/transcriptions", "model=good&model=bad", 400)]
    [InlineData("/v1/audio/transcriptions", "language=en", 403)]
    [InlineData("/v1/anything/new", "model=good", 200)]
    [InlineData("/v1/anything/new", "model=bad", 403)]
    [InlineData("/v1/files", "purpose=batch", 403)]
    public async Task Form_ModelOfAnother_IsRefused(string path, string fields, int status)
    {
        await using Rig rig = await StartAsync(new ClientKeyOptions { Name = "team-a", Key = "canary-restricted", Endpoints = ["/*"], Models = ["good"] });
        rig.Upstream.Respond(AnswerEverythingAsync);
        using var form = new MultipartFormDataContent();
        foreach (string[] field in fields.Split('&').Select(static field => field.Split('=')))
        {
            form.Add(new StringContent(field[1]), field[0]);
        }

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Post, path, form, Restricted)).Soon();

        await AssertAsync(rig, answer, status);
    }

    [Theory]
    [InlineData("good", 200)]
    [InlineData("bad", 403)]
    public async Task Form_LargeUpload_IsReadFromDiskWithTheSameRights(string model, int status)
    {
        await using Rig rig = await StartAsync(new ClientKeyOptions { Name = "team-a", Key = "canary-restricted", Models = ["good"] });
        rig.Upstream.Respond(AnswerEverythingAsync);
        using var file = new PatternContent(3_000_000);
        using var form = new MultipartFormDataContent { { file, "file", "a.mp3" }, { new StringContent(model), "model" } };

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Post, "/v1/audio/transcriptions", form, Restricted)).Soon();

        await AssertAsync(rig, answer, status);
    }

    /// <summary>A second field that some readers take for the model, and others do not see.</summary>
    [Theory]
    [InlineData("Content-Disposition: form-data; name=\"x\"; name=\"model\"")]
    [InlineData("Content-Disposition: form-data; name*=utf-8''model")]
    [InlineData("Content-Disposition: form-data; name=\"Model\"")]
    [InlineData("Content-Disposition: form-data; name=\" model\"")]
    [InlineData("Content-Disposition: form-data; name=\"mo\\del\"")]
    [InlineData("Content-Disposition: form-data; name=\"x\"\r\nContent-Disposition: form-data; name=\"model\"")]
    [InlineData("Content-Disposition: form-data; name=\"model\";; x")]
    [InlineData("Content-Disposition: attachment; name=\"model\"")]
    [InlineData("X-Nothing: 1")]
    public async Task Form_FieldThatMayBeTheModel_IsRefused(string head)
    {
        await using Rig rig = await StartAsync(new ClientKeyOptions { Name = "team-a", Key = "canary-restricted", Models = ["good"] });
        var content = new ByteArrayContent(Encoding.ASCII.GetBytes(
            $"--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngood\r\n--b\r\n{head}\r\n\r\nbad\r\n--b--\r\n"));
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Post, "/v1/audio/transcriptions", content, Restricted)).Soon();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(rig.Upstream.Requests);
    }

    [Theory]
    [InlineData("many")]
    [InlineData("broken")]
    [InlineData("preamble")]
    public async Task Form_ThatTheUpstreamMightReadOtherwise_IsRefused(string kind)
    {
        await using Rig rig = await StartAsync(new ClientKeyOptions { Name = "team-a", Key = "canary-restricted", Models = ["good"] });
        static string Field(string name, string value) => $"--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n";
        string form = kind == "preamble"
            ? "{\"model\":\"bad\"}\r\n" + Field("model", "good") + "--b--\r\n"
            : kind == "many"
            ? Field("model", "good") + string.Concat(Enumerable.Repeat(Field("x", "y"), 200)) + Field("model", "bad") + "--b--\r\n"
            : Field("model", "good") + "--b\r\nContent-Disposition form-data; name=\"model\"\r\n\r\nbad";
        var content = new ByteArrayContent(Encoding.ASCII.GetBytes(form));
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Post, "/v1/audio/transcriptions", content, Restricted)).Soon();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(rig.Upstream.Requests);
    }

    [Theory]
    [InlineData("/v1/realtime?model=good", 101)]
    [InlineData("/v1/realtime?model=bad", 403)]
    [InlineData("/v1/realtime", 403)]
    public async Task WebSocket_ModelOfAnother_IsRefused(string path, int status)
    {
        await using Rig rig = await StartAsync(new ClientKeyOptions { Name = "team-a", Key = "canary-restricted", Models = ["good"] });
        if (status == 101)
        {
            using System.Net.WebSockets.ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch, path, Restricted);
            await socket.CloseAsync();
        }
        else
        {
            Assert.Equal(status, await Realtime.RefusalAsync(rig, Rig.Batch, path, Restricted));
        }

        Assert.Equal(status == 101 ? 1 : 0, rig.Upstream.Requests.Count);
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    public async Task Request_KeyDisabled_Is401()
    {
        await using Rig rig = await StartAsync(new ClientKeyOptions { Name = "team-a", Key = "canary-restricted", Enabled = false });

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/v1/models", null, Restricted)).Soon();

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_api_key"), (answer.StatusCode, (await StageFixture.ErrorAsync(answer)).Code));
        Assert.Empty(rig.Upstream.Requests);
    }

    private static async Task AssertAsync(Rig rig, HttpResponseMessage answer, int status)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 200 ? 1 : 0, rig.Upstream.Requests.Count);
        if (status == 403)
        {
            Assert.Equal(("model", "model_not_allowed"), await StageFixture.ErrorAsync(answer) is var (message, param, code) && !message.Contains("good", StringComparison.Ordinal) ? (param, code) : default);
            Assert.Equal("team-a", Assert.Single(await rig.AssertQuietAsync(1, 1)).Caller);
        }
    }

    private static async Task<bool> AnswerEverythingAsync(HttpContext context)
    {
        context.EndCall();
        await context.Response.CompleteAsync();
        return true;
    }

    private static Task<Rig> StartAsync(ClientKeyOptions key) => Rig.StartAsync(1, options => options with
    {
        ClientKeys = [key],
        Instances = [options.Instances[0] with { ApiKey = "sk-ours" }],
    });
}
