using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Management;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Origins;

/// <summary>What browsers are told, for whom, and on which routes.</summary>
[Trait("req", "A11")]
public class CorsTests
{
    private const string Page = "https://app.example";
    private const string Key = "Authorization: Bearer k";

    private static readonly string[] Preflight =
        ["Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization,content-type,x-stainless-lang"];

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/not/yet/known")]
    [InlineData("/health")]
    [InlineData("/health/ready")]
    public async Task Preflight_OfAListedPage_IsAnsweredWithoutAKey(string path)
    {
        await using Rig rig = await StartAsync(Page, "https://other.example");

        using HttpResponseMessage answer = await SendAsync(rig, "OPTIONS", path, [$"Origin: {Page}", .. Preflight]);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(Page, answer.Header("Access-Control-Allow-Origin"));
        Assert.Equal("authorization,content-type,x-stainless-lang", answer.Header("Access-Control-Allow-Headers"));
        Assert.Equal("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", answer.Header("Access-Control-Allow-Methods"));
        Assert.Equal("600", answer.Header("Access-Control-Max-Age"));
        Assert.Equal("Origin", answer.Header("Vary"));
        Assert.Equal("", answer.Header("Access-Control-Allow-Credentials"));
        Assert.NotEqual("", answer.Header("x-request-id"));
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
        Assert.Empty(rig.Upstream.Requests);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("https://app.example.evil.example")]
    [InlineData("http://app.example")]
    [InlineData("https://app.example:8443")]
    [InlineData("null")]
    public async Task AnyAnswer_ToAnotherPage_AllowsNothing(string origin)
    {
        await using Rig rig = await StartAsync(Page);

        using HttpResponseMessage preflight = await SendAsync(rig, "OPTIONS", "/v1/models", [$"Origin: {origin}", .. Preflight]);
        using HttpResponseMessage answer = await SendAsync(rig, "GET", "/v1/models", [$"Origin: {origin}", Key]);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.OK), (preflight.StatusCode, answer.StatusCode));
        Assert.All([preflight, answer], static one =>
        {
            Assert.DoesNotContain(one.Headers, static header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
            Assert.Contains("Origin", one.Header("Vary"), StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("GET", "/v1/models", Key, 200)]
    [InlineData("GET", "/v1/models", "X: y", 401)]
    [InlineData("TRACE", "/v1/models", Key, 405)]
    [InlineData("POST", "/v1/chat/completions", Key, 400)]
    [InlineData("GET", "/health", "X: y", 200)]
    [InlineData("GET", "/nowhere", "X: y", 404)]
    public async Task Answer_ToAListedPage_CanBeRead(string method, string path, string header, int status)
    {
        await using Rig rig = await StartAsync(Page);
        HttpRequestMessage request = rig.Request(Rig.Urgent, new HttpMethod(method), path, method == "POST" ? Rig.Json("{") : null, $"Origin: {Page}", header);

        using HttpResponseMessage answer = await rig.SendAsync(request).Soon();

        Assert.Equal((status, Page, "Origin"), ((int)answer.StatusCode, answer.Header("Access-Control-Allow-Origin"), answer.Header("Vary")));
        string exposed = answer.Header("Access-Control-Expose-Headers");
        Assert.All(
            ["x-request-id", "x-gateway-tier", "x-gateway-instance", "x-ratelimit-remaining-requests", "x-ratelimit-reset-tokens", "retry-after", "retry-after-ms", "X-Cache", "X-Cache-Key", "X-Cache-Timestamp"],
            name => Assert.Contains(name, exposed, StringComparison.Ordinal));
    }

    /// <summary>Without pages of ours, an upstream that lets all of them read (many a model server does) lets none.</summary>
    [Theory]
    [InlineData("OPTIONS")]
    [InlineData("GET")]
    public async Task Answer_OfAnUpstreamThatAllowsEverybody_AllowsNobody(string method)
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Instances = [options.Instances[0] with { ApiKey = null }] });
        rig.Upstream.Respond(static async context =>
        {
            context.Response.Headers.AccessControlAllowOrigin = "*";
            context.Response.Headers.AccessControlAllowCredentials = "true";
            context.Response.Headers["Access-Control-Allow-Private-Network"] = "true";
            context.EndCall();
            await context.Response.CompleteAsync();
            return true;
        });

        using HttpResponseMessage answer = await SendAsync(rig, method, "/v1/models", [$"Origin: {Page}", .. method == "OPTIONS" ? Preflight : []]);

        Assert.Single(rig.Upstream.Requests);
        Assert.Equal((HttpStatusCode.OK, "", ""), (answer.StatusCode, answer.Header("Access-Control-Allow-Origin"), answer.Header("Access-Control-Allow-Credentials")));
        Assert.Equal("", answer.Header("Access-Control-Allow-Private-Network"));
    }

    [Fact]
    public async Task Answer_OfAnUpstreamWithItsOwnWord_HasOurs()
    {
        await using Rig rig = await StartAsync(Page);
        rig.Upstream.Respond(static async context =>
        {
            context.Response.Headers.AccessControlAllowOrigin = "*";
            context.Response.Headers.AccessControlAllowCredentials = "true";
            context.Response.Headers.AccessControlExposeHeaders = "x-theirs";
            context.Response.Headers.Vary = "Accept-Encoding";
            context.EndCall();
            await context.Response.CompleteAsync();
            return true;
        });

        using HttpResponseMessage answer = await SendAsync(rig, "GET", "/v1/models", [$"Origin: {Page}", Key]);

        Assert.Equal((Page, ""), (answer.Header("Access-Control-Allow-Origin"), answer.Header("Access-Control-Allow-Credentials")));
        Assert.Equal("Accept-Encoding,Origin", answer.Header("Vary"));
        Assert.StartsWith("x-theirs", answer.Header("Access-Control-Expose-Headers"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_EveryPageListed_IsForAllAndNamesNobody()
    {
        await using Rig rig = await StartAsync("*");

        using HttpResponseMessage answer = await SendAsync(rig, "GET", "/v1/models", ["Origin: https://anywhere.example", Key]);

        Assert.Equal(("*", "", ""), (answer.Header("Access-Control-Allow-Origin"), answer.Header("Vary"), answer.Header("Access-Control-Allow-Credentials")));
    }

    [Fact]
    public async Task Answer_NoPageListed_IsAsWithoutTheFeature()
    {
        await using Rig rig = await StartAsync();

        using HttpResponseMessage preflight = await SendAsync(rig, "OPTIONS", "/v1/models", [$"Origin: {Page}", .. Preflight]);
        using HttpResponseMessage answer = await SendAsync(rig, "GET", "/v1/models", [$"Origin: {Page}", Key]);
        using HttpResponseMessage health = await SendAsync(rig, "GET", "/health", [$"Origin: {Page}"]);

        Assert.All([preflight, answer, health], static one =>
        {
            Assert.DoesNotContain(one.Headers, static header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
            Assert.Equal("", one.Header("Vary"));
        });
    }

    [Fact]
    public async Task Stream_ToAListedPage_CanBeRead()
    {
        await using Rig rig = await StartAsync(Page);
        HttpRequestMessage request = rig.Request(Rig.Urgent, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(Rig.Urgent, stream: true)), $"Origin: {Page}", Key);

        using HttpResponseMessage answer = await rig.SendAsync(request).Soon();

        Assert.Equal(Page, answer.Header("Access-Control-Allow-Origin"));
        Assert.EndsWith("data: [DONE]\n\n", await answer.Content.ReadAsStringAsync(Rig.Cancel), StringComparison.Ordinal);
    }

    /// <summary>Whoever's request goes upstream for all who ask the same, and whoever finds the answer there.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CachedAnswer_FirstAndAgain_CanBeRead(bool isStream)
    {
        await using Rig rig = await Rig.StartAsync(1, static options => CacheCalls.On(options) with { Cors = new CorsOptions { Origins = [Page] } });
        for (int i = 0; i < 10; i++)
        {
            foreach (string cache in (string[])["MISS", "HIT"])
            {
                using HttpResponseMessage answer = await rig.CachedChatAsync($"n{i}", isStream, Rig.Urgent, null, null, $"Origin: {Page}", Key).Soon();
                await answer.BytesAsync();

                Assert.Equal((cache, Page, "Origin"), (answer.Header("X-Cache"), answer.Header("Access-Control-Allow-Origin"), answer.Header("Vary")));
            }
        }
    }

    [Fact]
    public async Task ManagementRoutes_EveryOne_TellNoPageAnything()
    {
        await using Rig rig = await StartAsync("*");
        int guarded = 0;
        foreach ((string method, _, string path) in rig.Gateway.Routes().Where(static route => !AdminRig.IsHealth(route.Path)))
        {
            foreach (string one in (string[])[method, "OPTIONS"])
            {
                using HttpResponseMessage answer = await SendAsync(rig, one, path, [$"Origin: {Page}", .. Preflight]);
                Assert.DoesNotContain(answer.Headers, static header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
                guarded++;
            }
        }

        Assert.True(guarded >= 24, $"{guarded}");
    }

    [Fact]
    public async Task Reload_OriginTakenOut_CountsAtOnce()
    {
        await using Rig rig = await StartAsync(Page);
        rig.Gateway.Options.Publish(rig.Gateway.Options.Current with { Cors = new CorsOptions { Origins = ["https://other.example"] } });

        using HttpResponseMessage answer = await SendAsync(rig, "OPTIONS", "/v1/models", [$"Origin: {Page}", .. Preflight]);

        Assert.Equal("", answer.Header("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("x-a, x b;c")]
    [InlineData("<script>")]
    public async Task Preflight_HeadersThatAreNoNames_AreNotRepeated(string names)
    {
        await using Rig rig = await StartAsync(Page);

        using HttpResponseMessage answer = await SendAsync(
            rig, "OPTIONS", "/v1/models", [$"Origin: {Page}", "Access-Control-Request-Method: POST", $"Access-Control-Request-Headers: {names}"]);

        Assert.Equal((Page, ""), (answer.Header("Access-Control-Allow-Origin"), answer.Header("Access-Control-Allow-Headers")));
    }

    private static Task<HttpResponseMessage> SendAsync(Rig rig, string method, string path, string[] headers) =>
        rig.SendAsync(rig.Request(Rig.Urgent, new HttpMethod(method), path, null, headers)).Soon();

    private static Task<Rig> StartAsync(params string[] origins) => Rig.StartAsync(1, options => options with
    {
        ClientApiKeys = ["k"],
        Cors = new CorsOptions { Origins = origins },
    });
}
