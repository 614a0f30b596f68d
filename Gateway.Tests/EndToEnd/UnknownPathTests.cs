using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Gateway.Configuration;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>JSON on paths that the gateway does not know: what it cannot read there is not its business, unless it decides who may.</summary>
[Trait("req", "P8")]
public class UnknownPathTests
{
    private const string Unknown = "/v1/newthing";
    private const string Known = "/v1/chat/completions";

    public static TheoryData<string> Odd =>
    [
        """[{"op":"add","model":"m"}]""", """{"model":{"id":"x"}}""", """{"stream":{"a":1}}""", """{"n":"two","tools":{}}""", """{"a":NaN}""", "\uFEFF{\"model\":\"m\"}", "\"text\"", "{",
        "{\"a\":" + new string('[', 300) + new string(']', 300) + "}",
    ];

    [Theory]
    [MemberData(nameof(Odd))]
    public async Task OddJson_PassesAsItCame(string body)
    {
        await using Rig rig = await StartAsync();

        using HttpResponseMessage answer = await PostAsync(rig, Unknown, body);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(Encoding.UTF8.GetBytes(body), Assert.Single(rig.Upstream.Requests).Body);
        Assert.Null(Assert.Single(await rig.AssertQuietAsync(1, 1)).Model);
    }

    [Theory]
    [MemberData(nameof(Odd))]
    public async Task OddJson_ForAnOperationThatIsCounted_IsRefused(string body)
    {
        await using Rig rig = await StartAsync();

        using HttpResponseMessage answer = await PostAsync(rig, Known, body);

        await AssertRefusedAsync(rig, answer, HttpStatusCode.BadRequest, "invalid_body");
    }

    [Theory]
    [InlineData(Unknown, """{"model":"a","model":"b"}""")]
    [InlineData(Unknown, """{"model":"a","Model":"b"}""")]
    [InlineData("/v1/images/generations", """{"model":"a","model":"b"}""")]
    [Trait("row", "H6")]
    public async Task TwoModels_AreRefusedOnEveryPath(string path, string body)
    {
        await using Rig rig = await StartAsync();

        using HttpResponseMessage answer = await PostAsync(rig, path, body);

        await AssertRefusedAsync(rig, answer, HttpStatusCode.BadRequest, "invalid_body");
    }

    [Theory]
    [InlineData(Unknown, true)]
    [InlineData("/v1/batches", true)]
    [InlineData(Known, false)]
    [InlineData("/v1/completions", false)]
    public async Task EncodedJson_PassesUnlessItIsCounted(string path, bool passes)
    {
        await using Rig rig = await StartAsync();
        byte[] body = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

        using HttpResponseMessage answer = await PostAsync(rig, path, body, "gzip");

        if (!passes)
        {
            await AssertRefusedAsync(rig, answer, HttpStatusCode.UnsupportedMediaType, "unsupported_encoding");
            return;
        }

        RecordedRequest sent = Assert.Single(rig.Upstream.Requests);
        Assert.Equal((HttpStatusCode.OK, "gzip"), (answer.StatusCode, Assert.Single(sent.Header("Content-Encoding"))));
        Assert.Equal(body, sent.Body);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("""[{"model":"good"}]""", null)]
    [InlineData("""{"model":"good","a":NaN}""", null)]
    [InlineData("""{"model":"good"}""", "gzip")]
    [Trait("req", "M1")]
    public async Task OddJson_OfACallerBoundToModels_NamesNone(string body, string? coding)
    {
        await using Rig rig = await StartAsync(static options => options with
        {
            ClientKeys = [new ClientKeyOptions { Name = "team-a", Key = "canary-restricted", Endpoints = ["/*"], Models = ["other"] }],
        });

        using HttpResponseMessage answer = await PostAsync(rig, Unknown, Encoding.UTF8.GetBytes(body), coding, "Authorization: Bearer canary-restricted");

        await AssertRefusedAsync(rig, answer, HttpStatusCode.Forbidden, "model_not_allowed");
    }

    private static async Task<Rig> StartAsync(Func<GatewayOptions, GatewayOptions>? configure = null)
    {
        Rig rig = await Rig.StartAsync(1, options => configure?.Invoke(options) ?? options);
        rig.Upstream.Respond(static async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.EndCall();
            await context.Response.CompleteAsync();
            return true;
        });
        return rig;
    }

    private static Task<HttpResponseMessage> PostAsync(Rig rig, string path, string body) => PostAsync(rig, path, Encoding.UTF8.GetBytes(body), null);

    private static Task<HttpResponseMessage> PostAsync(Rig rig, string path, byte[] body, string? coding, params string[] headers)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (coding is not null)
        {
            content.Headers.ContentEncoding.Add(coding);
        }

        return rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, path, content, headers)).Soon();
    }

    private static async Task AssertRefusedAsync(Rig rig, HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        Assert.Equal((status, code), (answer.StatusCode, (await answer.JsonAsync()).GetProperty("error").GetProperty("code").GetString()));
        Assert.Empty(rig.Upstream.Requests);
    }
}
