using System.Net;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Authentication;

/// <summary>Callers who share an upstream key do not reach what others have stored with it, and get no key with which to leave the gateway.</summary>
[Trait("req", "M1")]
public class EndpointAccessTests
{
    private const string Minting = "/v1/realtime/client_secrets";

    private static readonly ClientKeyOptions Plain = new() { Name = "team-a", Key = "canary-team" };
    private static readonly ClientKeyOptions OfModels = Plain with { Models = ["good"] };

    [Theory]
    [InlineData("GET", "/v1/files", "/files")]
    [InlineData("GET", "/v1/files/f1/content", "/files/{id}/content")]
    [InlineData("DELETE", "/v1/files/f1", "/files/{id}")]
    [InlineData("GET", "/v1/chat/completions", "/chat/completions")]
    [InlineData("DELETE", "/v1/responses/r1", "/responses/{id}")]
    [InlineData("DELETE", "/v1/models/good", "/models/{id}")]
    [InlineData("GET", "/v1/batches", "/batches")]
    [InlineData("GET", "/v1/files/f1/of/somebody", "its path")]
    public async Task Request_StoredObjectsWithAKeyForModels_IsRefused(string method, string path, string named)
    {
        await using Rig rig = await StartAsync(OfModels);

        using HttpResponseMessage answer = await SendAsync(rig, method, path);

        await AssertRefusedAsync(rig, answer, named);
    }

    [Theory]
    [InlineData("POST", "/v1/chat/completions", "{\"model\":\"good\",\"messages\":[]}")]
    [InlineData("POST", "/v1/responses", "{\"model\":\"good\",\"input\":\"x\"}")]
    [InlineData("POST", "/v1/embeddings", "{\"model\":\"good\",\"input\":\"x\"}")]
    [InlineData("GET", "/v1/models", null)]
    [InlineData("GET", "/v1/models/good", null)]
    public async Task Request_OfTheModelWithAKeyForModels_IsServed(string method, string path, string? json)
    {
        await using Rig rig = await StartAsync(OfModels);

        await AssertServedAsync(rig, method, path, json);
    }

    [Theory]
    [InlineData("GET", "/v1/files")]
    [InlineData("GET", "/v1/files/f1/content")]
    [InlineData("DELETE", "/v1/files/f1")]
    public async Task Request_StoredObjectsWithAKeyForThem_IsServed(string method, string path)
    {
        await using Rig rig = await StartAsync(OfModels with { Endpoints = ["/files/*"] });

        await AssertServedAsync(rig, method, path);
    }

    [Theory]
    [InlineData("/v1/realtime/client_secrets", "/realtime/client_secrets")]
    [InlineData("/v1/realtime/sessions", "/realtime/sessions")]
    [InlineData("/v1/realtime/transcription_sessions", "/realtime/transcription_sessions")]
    [InlineData("/v1/realtime//client_secrets", "its path")]
    public async Task Request_KeyOfTheProvidersForAPlainKey_IsRefused(string path, string named)
    {
        await using Rig rig = await StartAsync(Plain);

        using HttpResponseMessage answer = await SendAsync(rig, "POST", path, "{}");

        await AssertRefusedAsync(rig, answer, named);
    }

    [Fact]
    public async Task Request_KeyOfTheProvidersWhereItIsListed_IsServed()
    {
        await using Rig rig = await StartAsync(Plain with { Endpoints = ["/realtime/client_secrets"] });

        await AssertServedAsync(rig, "POST", Minting, "{}");
    }

    [Fact]
    public async Task Request_AnythingElseWithAPlainKey_IsServed()
    {
        await using Rig rig = await StartAsync(Plain);

        await AssertServedAsync(rig, "DELETE", "/v1/files/f1");
    }

    [Fact]
    public async Task Request_KeyOfTheProvidersWithTheCallersOwnCredential_IsServed()
    {
        await using Rig rig = await Rig.StartAsync();
        rig.Upstream.Respond(AnswerEverythingAsync);

        await AssertServedAsync(rig, "POST", Minting, "{}");
    }

    [Fact]
    public async Task Reload_OtherEndpoints_CountFromTheNextRequest()
    {
        await using Rig rig = await StartAsync(Plain with { Endpoints = ["/files/*"] });
        await AssertServedAsync(rig, "GET", "/v1/files");

        rig.Gateway.Options.Publish(rig.Gateway.Options.Current with { ClientKeys = [Plain with { Endpoints = ["/embeddings"] }] });

        using HttpResponseMessage answer = await SendAsync(rig, "GET", "/v1/files");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Single(rig.Upstream.Requests);
    }

    /// <summary>Refused at the head: a body that was announced is not asked for.</summary>
    [Fact]
    public async Task Request_EndpointOfAnother_IsRefusedBeforeItsBody()
    {
        await using Rig rig = await StartAsync(OfModels);
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Normal), Rig.Cancel);

        await client.SendAsync(
            "POST /v1/files HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer canary-team\r\nContent-Length: 30000000\r\nExpect: 100-continue\r\n\r\n", Rig.Cancel);

        Assert.StartsWith("HTTP/1.1 403 ", await client.ReadUntilAsync("\r\n\r\n", Rig.Cancel).Soon(), StringComparison.Ordinal);
        Assert.Empty(rig.Upstream.Requests);
        await rig.AssertQuietAsync(1, 1);
    }

    private static async Task AssertServedAsync(Rig rig, string method, string path, string? json = null)
    {
        using HttpResponseMessage answer = await SendAsync(rig, method, path, json);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Single(rig.Upstream.Requests);
    }

    private static async Task AssertRefusedAsync(Rig rig, HttpResponseMessage answer, string named)
    {
        (string message, _, string? code) = await StageFixture.ErrorAsync(answer);
        Assert.Equal((HttpStatusCode.Forbidden, "endpoint_not_allowed"), (answer.StatusCode, code));
        Assert.Contains(named == "its path" ? named : $"\"{named}\"", message, StringComparison.Ordinal);
        Assert.Contains("client_keys[].endpoints", message, StringComparison.Ordinal);
        Assert.Empty(rig.Upstream.Requests);
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal(("team-a", Outcome.EndpointNotAllowed), (record.Caller, record.Outcome));
    }

    private static Task<HttpResponseMessage> SendAsync(Rig rig, string method, string path, string? json = null) => rig.SendAsync(
        rig.Request(Rig.Normal, new HttpMethod(method), path, json is null ? null : Rig.Json(json), "Authorization: Bearer canary-team")).Soon();

    private static async Task<bool> AnswerEverythingAsync(HttpContext context)
    {
        context.EndCall();
        await context.Response.CompleteAsync();
        return true;
    }

    private static async Task<Rig> StartAsync(ClientKeyOptions key)
    {
        Rig rig = await Rig.StartAsync(1, options => options with
        {
            ClientKeys = [key],
            Instances = [options.Instances[0] with { ApiKey = "sk-ours" }],
        });
        rig.Upstream.Respond(AnswerEverythingAsync);
        return rig;
    }
}
