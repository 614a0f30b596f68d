using System.Net;
using Gateway.Recording;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Multipart forms to upstreams that do not depend on their model: the record names it, and nothing else changes.</summary>
[Trait("req", "P11")]
public class FormRecordTests
{
    private const string Boundary = "the-boundary";

    [Theory]
    [InlineData("/v1/audio/transcriptions", "model,file:1000", "whisper-1")]
    [InlineData("/v1/audio/transcriptions", "file:1000,model", "whisper-1")]
    [InlineData("/v1/audio/transcriptions", "file:100000,model", "whisper-1")]
    [InlineData("/v1/audio/transcriptions", "model,file:3000000", "whisper-1")]
    [InlineData("/v1/audio/transcriptions", "language,file:3000000,language,model,language", "whisper-1")]
    [InlineData("/v1/videos", "file:3000000,model", "whisper-1")]
    [InlineData("/v1/files", "purpose,file:1000", null)]

    // Between two files it is not looked for, and what is read in two ways is nobody's to choose.
    [InlineData("/v1/images/edits", "file:200000,model,file:200000", null)]
    [InlineData("/v1/images/edits", "model,file:10,model", null)]
    [InlineData("/v1/images/edits", "", null)]
    public async Task Form_NamesAModel_TheRecordHasItAndTheBytesPass(string path, string parts, string? model)
    {
        await using Rig rig = await Rig.StartAsync();
        using MultipartFormDataContent form = Form(parts);
        (string hash, long length) = await PatternContent.HashAsync(form);
        (string Hash, long Length) arrived = default;
        rig.Upstream.Respond(
            async context =>
            {
                using var content = new StreamContent(context.Request.Body);
                arrived = await PatternContent.HashAsync(content);
                context.EndCall();
                await context.Response.CompleteAsync();
                return true;
            },
            beforeBody: true);

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, path, Form(parts))).Soon();

        Assert.Equal((HttpStatusCode.OK, (hash, length)), (answer.StatusCode, arrived));
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((model, length), (record.Model, record.RequestBytes));
    }

    private static MultipartFormDataContent Form(string parts)
    {
        var form = new MultipartFormDataContent(Boundary);
        foreach (string[] part in parts.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static part => part.Split(':')))
        {
            if (part is [var name, var size])
            {
                form.Add(new PatternContent(int.Parse(size, System.Globalization.CultureInfo.InvariantCulture)), name, "a.mp3");
            }
            else
            {
                form.Add(new StringContent(part[0] == "model" ? "whisper-1" : "en"), part[0]);
            }
        }

        return form;
    }
}
