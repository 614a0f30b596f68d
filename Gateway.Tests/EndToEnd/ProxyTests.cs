using System.Net;
using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Upstreams behind a proxy that wants a user and a password.</summary>
[Trait("req", "C1")]
public class ProxyTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(3_000_000)]
    public async Task PlainUpstream_RightPassword_IsShownUnasked(int length)
    {
        await using ForwardProxy proxy = ForwardProxy.Start();
        await using Rig rig = await StartAsync(proxy.Url());
        string body = $$"""{"model":"batch","messages":[{"role":"user","content":"{{new string('x', length)}}"}]}""";
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(body))).Soon();
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await answer.JsonAsync().Soon();
        }

        Assert.Empty(proxy.Refused);
        Assert.Equal(Enumerable.Repeat($"POST {rig.Upstream.BaseAddress}v1/chat/completions HTTP/1.1", 2), proxy.Passed);
        Assert.All(rig.Upstream.Requests, request => Assert.Equal(body.Length, request.BodyLength));
        await rig.AssertQuietAndBilledAsync(2, 1);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task AnyUpstream_WrongPassword_IsToldInOurWords(string scheme)
    {
        await using ForwardProxy proxy = ForwardProxy.Start();
        await using Rig rig = await StartAsync(proxy.Url("wrong-one"), scheme);

        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "refused").Soon();
        string text = await answer.Content.ReadAsStringAsync(Rig.Cancel).Soon();

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains("\"upstream_unreachable\"", text, StringComparison.Ordinal);
        Assert.Empty(proxy.Passed);
        Assert.Single(proxy.Refused);
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal(Outcome.UpstreamUnreachable, record.Outcome);
        Assert.Equal("The proxy refused the user and password of proxy_url (407).", record.Failure);
        await rig.Gateway.DisposeAsync();
        string told = text + answer + rig.Gateway.Log();
        Assert.DoesNotContain("wrong-one", told, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes("user:wrong-one")), told, StringComparison.Ordinal);
    }

    /// <summary>Not before it has agreed does anything of the call go to it.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nand more")]
    [InlineData("HTTP/1.1 200")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    [InlineData("")]
    public async Task Tunnel_ProxyDoesNotAgree_IsRefused(string said)
    {
        List<string> asked = [];
        await using RawUpstream proxy = RawUpstream.Start(said, asked);
        await using Rig rig = await StartAsync(proxy.BaseAddress.AbsoluteUri, "https");

        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "refused").Soon();

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        string host = $"127.0.0.1:{rig.Upstream.BaseAddress.Port}";
        Assert.Equal($"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n", Assert.Single(asked));
        Assert.Equal("The proxy refused the tunnel.", Assert.Single(await rig.AssertQuietAsync(1, 1)).Failure);
    }

    [Fact]
    public async Task Tunnel_ProxySendsHeadersForEver_IsRefused()
    {
        await using RawUpstream proxy = RawUpstream.Start("HTTP/1.1 200 OK\r\nX: " + new string('x', 20_000));
        await using Rig rig = await StartAsync(proxy.BaseAddress.AbsoluteUri, "https");

        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Batch, "refused").Soon();

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
    }

    private static Task<Rig> StartAsync(string proxyUrl, string scheme = "http") => Rig.StartAsync(1, options => options with
    {
        Instances = [.. options.Instances.Select(instance => instance with
        {
            ApiBase = new UriBuilder(instance.ApiBase) { Scheme = scheme }.Uri, ProxyUrl = proxyUrl,
        })],
    });
}
