using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The Venice proxy's environment, unchanged, served.</summary>
public class LegacyEnvironmentTests
{
    /// <summary>Too few to earn the retries by.</summary>
    private const int GoodCalls = 7;

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [Trait("req", "V1")]
    public async Task VeniceProxy_AnyMethodBelowThePrefix_ReachesTheBaseUrl(string method)
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using GatewayHost gateway = await StartAsync(upstream);
        using HttpClient client = Rig.NewClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(gateway.Address(0), "/api/v1/anything/x?a=b"));
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer mine");

        using HttpResponseMessage answer = await client.SendAsync(request, Rig.Cancel).Soon();
        await gateway.Records.WaitForAsync(1);

        RecordedRequest sent = Assert.Single(upstream.Requests);
        Assert.Equal((method, "/api/v1/anything/x?a=b", "Bearer mine"), (sent.Method, sent.RawTarget, Assert.Single(sent.Header("Authorization"))));
        Assert.NotEqual(HttpStatusCode.BadGateway, answer.StatusCode);
    }

    [Theory]
    [InlineData("5", 6)]
    [InlineData("1", 2)]
    [Trait("req", "V1")]
    public async Task VeniceProxy_UpstreamAlwaysBusy_IsAskedOnceAndMaxRetriesTimesMore(string retries, int attempts)
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using GatewayHost gateway = await StartAsync(upstream, ("MAX_RETRIES", retries), ("BASE_RETRY_DELAY", "0.01"));
        using HttpClient client = Rig.NewClient();
        var address = new Uri(gateway.Address(0), "/api/v1/chat/completions");

        // An upstream that has done nothing but fail would be left alone.
        for (int i = 0; i < GoodCalls; i++)
        {
            using HttpResponseMessage good = await client.PostAsync(address, Rig.Json(Rig.ChatBody(0)), Rig.Cancel).Soon();
            Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = Rig.Json(Rig.ChatBody(0)) };
        request.Headers.Add("x-sim-status", "503");
        using HttpResponseMessage answer = await client.SendAsync(request, Rig.Cancel).Soon();
        await gateway.Records.WaitForAsync(GoodCalls + 1);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, GoodCalls + attempts), (answer.StatusCode, upstream.Requests.Count));
    }

    private static Task<GatewayHost> StartAsync(SimulatorHost upstream, params (string, string)[] more)
    {
        LoadResult loaded = ConfigurationFolder.LoadEnvironment(
            [("OPENAI_BASE_URL", new Uri(upstream.BaseAddress, "api/v1").AbsoluteUri), ("PROXY_PATH_PREFIX", "/api/v1"), ("TIMEOUT", "300"), ("RATE_LIMIT_WAIT", "30"), ("HOST", "127.0.0.1"), .. more]);
        Assert.Empty(loaded.Errors);
        return GatewayHost.StartAsync(loaded.Options! with { Endpoints = [new EndpointOptions { Port = 0 }] });
    }
}
