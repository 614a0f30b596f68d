using System.Text;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Origins;

/// <summary>
/// A page can send texts, forms and images anywhere without asking. Where callers need no key, none of that may be paid with the gateway's.
/// </summary>
[Trait("req", "A11")]
[Trait("row", "A5")]
public class ForeignPageTests
{
    [Theory]
    [InlineData("https://evil.example", null, null, 403)]
    [InlineData("null", null, null, 403)]
    [InlineData("http://127.0.0.1:1", null, null, 403)]
    [InlineData("https://app.example.evil.example", "cross-site", null, 403)]
    [InlineData("http://rebound.example", "same-origin", "rebound.example", 403)]
    [InlineData("https://app.example", "cross-site", null, 200)]
    [InlineData("own", "same-origin", null, 200)]
    [InlineData("http://localhost:8080", "same-origin", "localhost:8080", 200)]
    [InlineData(null, null, null, 200)]
    [InlineData(null, null, "gateway.internal", 403)]
    [InlineData(null, null, "app.example", 200)]
    [InlineData(null, null, "app.example.evil", 403)]
    [InlineData(null, null, "[::1]:8080", 200)]
    [InlineData(null, "none", null, 200)]
    [InlineData(null, "same-origin", null, 200)]
    [InlineData(null, "cross-site", null, 403)]
    [InlineData(null, "same-site", null, 403)]
    public async Task NoKeyNeeded_OnTheGatewaysOwn_ServesOnlyWhomItKnows(string? origin, string? site, string? host, int status)
    {
        await using Rig rig = await StartAsync(static options => options with { Instances = [options.Instances[0] with { ApiKey = "sk-ours" }] });
        string own = rig.Gateway.Address(Rig.Urgent).GetLeftPart(UriPartial.Authority);
        string[] headers =
        [
            .. origin is null ? (string[])[] : [$"Origin: {(origin == "own" ? own : origin)}"],
            .. site is null ? (string[])[] : [$"Sec-Fetch-Site: {site}"],
            .. host is null ? (string[])[] : [$"Host: {host}"],
        ];

        // What a form or a fetch in no-cors mode may send.
        var text = new StringContent(Rig.ChatBody(Rig.Urgent), Encoding.UTF8, "text/plain");
        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, "/v1/chat/completions", text, headers)).Soon();

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 200 ? 1 : 0, rig.Upstream.Requests.Count);
        if (status == 403)
        {
            // Whose slip it is: the page's, or the name's by which a program called.
            (string message, _, string? code) = await StageFixture.ErrorAsync(answer);
            Assert.Equal("origin_refused", code);
            Assert.Contains(origin is null && site is null ? "Its Host is not localhost or an address" : "from a web page", message, StringComparison.Ordinal);
        }

        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    public async Task NoKeyNeeded_AnybodyMay_ServesUnderAnyName()
    {
        await using Rig rig = await StartAsync(static options => options with { AllowAnonymous = true, Instances = [options.Instances[0] with { ApiKey = "sk-ours" }] });

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/v1/models", null, "Host: gateway.internal")).Soon();

        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Fact]
    public async Task NoKeyNeeded_ForeignPage_IsRefusedBeforeItsBody()
    {
        await using Rig rig = await StartAsync(static options => options with { Instances = [options.Instances[0] with { ApiKey = "sk-ours" }] });
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Urgent), Rig.Cancel);

        await client.SendAsync(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nOrigin: https://evil.example\r\nContent-Type: text/plain\r\nContent-Length: 30000000\r\nExpect: 100-continue\r\n\r\n",
            Rig.Cancel);

        Assert.StartsWith("HTTP/1.1 403 ", await client.ReadUntilAsync("\r\n\r\n", Rig.Cancel).Soon(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CallerPays_AnyPage_IsServed(bool hasClientKey)
    {
        await using Rig rig = await StartAsync(options => options with { ClientApiKeys = hasClientKey ? ["k"] : [] });

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(Rig.Urgent)), "Authorization: Bearer k", "Origin: https://evil.example", "Sec-Fetch-Site: cross-site")).Soon();

        Assert.Equal(200, (int)answer.StatusCode);
    }

    private static Task<Rig> StartAsync(Func<GatewayOptions, GatewayOptions> configure) => Rig.StartAsync(1, options => configure(options) with
    {
        Cors = new CorsOptions { Origins = ["https://app.example"] },
    });
}
