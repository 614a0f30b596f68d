using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.Recording;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Multipart forms on their way to Azure: the model is a field of theirs.</summary>
public class AzureFormTests
{
    private const string Dated = "?api-version=2024-05-01-preview";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("req", "A4")]
    public async Task Transcription_FormWithModelBehindTheFile_GoesToItsDeploymentUnchanged(bool isLarge)
    {
        await using Rig rig = await AzureTests.StartAsync();
        byte[] file = new byte[isLarge ? 3 << 20 : 1000];
        new Random(1).NextBytes(file);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(file), "file", "a.wav" }, { new StringContent("Whisper_1"), "model" } };
        byte[] bytes = await form.ReadAsByteArrayAsync(Rig.Cancel);

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/audio/transcriptions", form)).Soon();

        JsonElement heard = JsonElement.Parse(await answer.TextAsync());
        RecordedRequest sent = Assert.Single(rig.Upstream.Requests);
        Assert.Equal("/openai/deployments/hear/audio/transcriptions" + Dated, sent.RawTarget);
        Assert.Equal((bytes.Length, file.Length), (sent.BodyLength, heard.GetProperty("bytes").GetInt32()));
        Assert.Equal(bytes[..Math.Min(bytes.Length, 1 << 20)], sent.Body);
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(1, 1);
        Assert.Equal("Whisper_1", records[0].Model);
    }

    [Theory]
    [InlineData("/v1/audio/transcriptions", 1000, false)]
    [InlineData("/v1/audio/transcriptions", 3 << 20, false)]
    [InlineData("/v1/images/edits", 3 << 20, true)]
    [InlineData("/v1/images/edits", 1000, true)]
    [Trait("req", "A4")]
    public async Task Form_OnTheV1Surface_NamesItsDeployment(string path, int fileBytes, bool isChunked)
    {
        await using Rig rig = await AzureTests.StartAsync(static instance => instance with
        {
            ApiVersion = "v1",
            ModelDeployments = new Dictionary<string, string> { ["gpt-v1"] = "dep-v1", ["long"] = "a-much-longer-déployment" },
        });
        byte[] file = new byte[fileBytes];
        new Random(1).NextBytes(file);
        foreach ((string model, string deployment) in new[] { ("GPT_v1", "dep-v1"), ("long", "a-much-longer-déployment"), ("other", "other") })
        {
            using MultipartFormDataContent form = FormOf(model);
            using MultipartFormDataContent expected = FormOf(deployment);
            byte[] bytes = await expected.ReadAsByteArrayAsync(Rig.Cancel);
            HttpRequestMessage request = rig.Request(Rig.Batch, HttpMethod.Post, path, form);
            request.Headers.TransferEncodingChunked = isChunked;

            using HttpResponseMessage answer = await rig.SendAsync(request).Soon();

            RecordedRequest sent = rig.Upstream.Requests[^1];
            Assert.Equal("/openai" + path, sent.RawTarget);
            Assert.Equal(($"{bytes.Length}", (long)bytes.Length), (Assert.Single(sent.Header("Content-Length")), sent.BodyLength));
            Assert.Equal(bytes[..Math.Min(bytes.Length, 1 << 20)], sent.Body);
        }

        Assert.Equal(["GPT_v1", "long", "other"], (await rig.AssertQuietAsync(3, 1)).Select(static record => record.Model));

        MultipartFormDataContent FormOf(string model) => new("b")
        {
            { new StringContent("model"), "prompt" }, { new StringContent(model), "model" }, { new ByteArrayContent(file), "file", "a.wav" }, { new StringContent("json"), "response_format" },
        };
    }

    [Fact]
    [Trait("req", "A4")]
    public async Task Form_ModelTwiceOrUnknown_IsRefused()
    {
        await using Rig rig = await AzureTests.StartAsync(static instance => instance with { SupportedModels = ["whisper-1"] });
        using var twice = new MultipartFormDataContent { { new StringContent("whisper-1"), "model" }, { new StringContent("other"), "model" } };
        using var unknown = new MultipartFormDataContent { { new StringContent("other"), "model" } };

        using HttpResponseMessage refused = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, "/v1/audio/translations", twice)).Soon();
        using HttpResponseMessage nobody = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, "/v1/images/edits", unknown)).Soon();

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.NotFound), (refused.StatusCode, nobody.StatusCode));
        Assert.Empty(rig.Upstream.Requests);
    }

    [Theory]
    [InlineData("not a form", HttpStatusCode.NotFound)]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--b\r\nbroken", HttpStatusCode.BadRequest)]
    [Trait("req", "A4")]
    public async Task Form_ThatIsNone_IsTheUpstreamsToRefuse(string form, HttpStatusCode refusal)
    {
        await using Rig rig = await AzureTests.StartAsync();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(form));
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");
        rig.Upstream.Respond(static async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.StatusCode = context.Request.Path.Value!.Contains("/deployments/hear/", StringComparison.Ordinal) ? 400 : 404;
            return true;
        });

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, "/v1/audio/transcriptions", content)).Soon();

        Assert.Equal(refusal, answer.StatusCode);
        Assert.Equal(form.Length, Assert.Single(rig.Upstream.Requests).BodyLength);
    }
}
