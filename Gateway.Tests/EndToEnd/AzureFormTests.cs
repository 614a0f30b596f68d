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
