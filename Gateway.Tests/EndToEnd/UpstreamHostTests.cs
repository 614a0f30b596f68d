using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The host that is called, and gets the key, comes from the configuration alone.</summary>
[Collection(Alone.Name)]
public class UpstreamHostTests
{
    [Theory]
    [InlineData("""{"model":"m","messages":[],"api_base":"@","base_url":"@","api_key":"sk-x","api_version":"x"}""")]
    [InlineData("""{"model":"m","messages":[],"extra_body":{"base_url":"@","metadata":{"api_base":"@"}},"extra_headers":{"Host":"@"}}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"@"}}]}]}""")]
    [InlineData("""{"model":"@","messages":[]}""")]
    [InlineData("""{"model":"m@evil/../../x","messages":[]}""")]
    [Trait("row", "U1")]
    public async Task Body_NamesAHost_IsDataAndNothingElse(string template)
    {
        using var canary = new CanaryListener();
        await using Rig rig = await StartAsync();
        string body = template.Replace("@", canary.Address.AbsoluteUri, StringComparison.Ordinal);

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(body))).Soon();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        Assert.Equal(Encoding.UTF8.GetBytes(body), received.Body);
        Assert.Equal((rig.Upstream.BaseAddress.Authority, "Bearer sk-ours"), (received.Header("Host").Single(), received.Header("Authorization").Single()));
        Assert.Equal(0, canary.Connections);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("Host")]
    [InlineData("X-Forwarded-Host")]
    [InlineData("Forwarded")]
    [InlineData("X-Original-Host")]
    [InlineData("X-Original-URL")]
    [InlineData("X-Rewrite-URL")]
    [InlineData("OpenAI-Base-Url")]
    [InlineData("x-api-base")]
    [InlineData("x-base-url")]
    [InlineData("x-portkey-custom-host")]
    [InlineData("Helicone-Target-Url")]
    [InlineData("Destination")]
    [InlineData("Proxy")]
    [Trait("row", "U1")]
    public async Task Header_NamesAHost_DoesNotChooseIt(string name)
    {
        using var canary = new CanaryListener();
        await using Rig rig = await StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);
        string value = name is "Host" or "X-Forwarded-Host" or "X-Original-Host" ? canary.Authority : canary.Address.AbsoluteUri;

        string host = name == "Host" ? "" : "Host: localhost\r\n";
        await client.SendAsync($"GET /v1/models HTTP/1.1\r\n{host}{name}: {value}\r\nConnection: close\r\n\r\n", Rig.Cancel);
        string answer = await client.ReadToEndAsync(Rig.Cancel).Soon();

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        Assert.Equal((rig.Upstream.BaseAddress.Authority, "Bearer sk-ours"), (received.Header("Host").Single(), received.Header("Authorization").Single()));
        Assert.Equal(0, canary.Connections);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("GET http://@/v1/../models")]
    [InlineData("GET //@/v1/models")]
    [InlineData("GET /v1/x@/../../models")]
    [InlineData("GET /v1/..//@/models")]
    [InlineData("GET http:@/v1/models")]
    [InlineData("CONNECT @")]
    [InlineData("OPTIONS *")]
    [Trait("row", "U1")]
    [Trait("row", "H8")]
    public async Task Target_NamesAHost_IsRefusedAndNeverSent(string line)
    {
        using var canary = new CanaryListener();
        await using Rig rig = await StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync($"{line.Replace("@", canary.Authority, StringComparison.Ordinal)} HTTP/1.1\r\nHost: {canary.Authority}\r\nConnection: close\r\n\r\n", Rig.Cancel);
        string answer = await client.ReadToEndAsync(Rig.Cancel).Soon();

        Assert.Matches("^HTTP/1.1 40[0-9] ", answer);
        Assert.Empty(rig.Upstream.Requests);
        Assert.Equal(0, canary.Connections);
    }

    /// <summary>Its path is served; its host leads nowhere.</summary>
    [Fact]
    [Trait("row", "U1")]
    public async Task Target_AUrlOfAnotherHost_GoesToTheConfiguredOne()
    {
        using var canary = new CanaryListener();
        await using Rig rig = await StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);

        await client.SendAsync($"GET {canary.Address}v1/models HTTP/1.1\r\nHost: {canary.Authority}\r\nConnection: close\r\n\r\n", Rig.Cancel);
        string answer = await client.ReadToEndAsync(Rig.Cancel).Soon();

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        Assert.Equal((rig.Upstream.BaseAddress.Authority, "/v1/models"), (received.Header("Host").Single(), received.RawTarget));
        Assert.Equal(0, canary.Connections);
    }

    [Theory]
    [InlineData("/v1/@evil.example/models")]
    [InlineData("/v1/models?api_base=http://@/&base_url=http://@/")]
    [InlineData("/v1/models:80@/x")]
    [InlineData("/v1/models;@http://@/")]
    [Trait("row", "U1")]
    public async Task Path_LooksLikeAHost_StaysAPath(string template)
    {
        using var canary = new CanaryListener();
        await using Rig rig = await StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);
        string target = template.Replace("@", canary.Authority, StringComparison.Ordinal);

        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", Rig.Cancel);
        await client.ReadToEndAsync(Rig.Cancel).Soon();

        Assert.Equal(target, Assert.Single(rig.Upstream.Requests).RawTarget);
        Assert.Equal(0, canary.Connections);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(301, Rig.Urgent, false)]
    [InlineData(302, Rig.Batch, true)]
    [InlineData(303, Rig.Batch, false)]
    [InlineData(307, Rig.Urgent, true)]
    [InlineData(307, Rig.Batch, false)]
    [InlineData(308, Rig.Batch, true)]
    [Trait("row", "U2")]
    public async Task Redirect_OfTheUpstream_502AndNobodyGoesThere(int status, int tier, bool isSocket)
    {
        using var canary = new CanaryListener();
        await using Rig rig = await StartAsync();
        rig.Upstream.Respond(async context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = canary.Address.AbsoluteUri;
            await context.Response.CompleteAsync();
            return true;
        });
        string[] upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];

        HttpResponseMessage answer = await rig.SendAsync(isSocket
            ? rig.Request(tier, HttpMethod.Get, Realtime.Path, null, upgrade)
            : rig.Request(tier, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(tier, stream: true)))).Soon();

        JsonElement error = (await answer.JsonAsync()).GetProperty("error");
        Assert.Equal((HttpStatusCode.BadGateway, "upstream_redirected"), (answer.StatusCode, error.GetProperty("code").GetString()));
        Assert.DoesNotContain(canary.Authority, answer + error.ToString(), StringComparison.Ordinal);
        Assert.Matches("path of the request.*api_base", error.GetProperty("message").GetString());
        Assert.Single(rig.Upstream.Requests);
        Assert.Equal(0, canary.Connections);
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal(Outcome.UpstreamRedirected, record.Outcome);
    }

    [Fact]
    [Trait("row", "U3")]
    public async Task ProxyOfTheEnvironment_IsNotUsed()
    {
        // HTTP_PROXY, HTTPS_PROXY and ALL_PROXY all arrive here.
        using var canary = new CanaryListener();
        IWebProxy before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new WebProxy(canary.Address);
        try
        {
            await using Rig rig = await StartAsync();
            HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "n").Soon();
            Assert.Equal((HttpStatusCode.OK, 0), (answer.StatusCode, canary.Connections));

            // The control: a handler that is not told otherwise does use it.
            using var control = new HttpClient(new SocketsHttpHandler());
            await Assert.ThrowsAsync<HttpRequestException>(() => control.GetAsync(rig.Upstream.BaseAddress, Rig.Cancel).Soon());
            Assert.NotEqual(0, canary.Connections);
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }
    }

    private static Task<Rig> StartAsync() =>
        Rig.StartAsync(1, static options => options with { Instances = [options.Instances[0] with { ApiKey = "sk-ours" }] });
}
