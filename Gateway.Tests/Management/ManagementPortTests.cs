using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary><c>management_port</c> moves the routes to a listener of their own.</summary>
[Trait("row", "A5")]
public class ManagementPortTests
{
    /// <summary>Behind the three tiers.</summary>
    private const int Own = 3;

    private static Task<Rig> StartAsync(string? token = null) =>
        Rig.StartAsync(configure: options => options with { ManagementPort = 0, AdminToken = token });

    [Theory]
    [InlineData(null)]
    [InlineData(AdminRig.Token)]
    public async Task EveryRoute_DataPorts_HaveNoneButHealth(string? token)
    {
        await using Rig rig = await StartAsync(token);
        foreach ((string method, _, string path) in rig.Gateway.Routes())
        {
            foreach (int port in (int[])[Rig.Urgent, Rig.Normal, Rig.Batch])
            {
                using HttpResponseMessage answer = await rig.SendAsync(
                    rig.Request(port, new HttpMethod(method), path, null, $"X-Admin-Token: {AdminRig.Token}")).Soon();
                Assert.Equal((path, AdminRig.IsHealth(path) ? HttpStatusCode.OK : HttpStatusCode.NotFound), (path, answer.StatusCode));
                if (!AdminRig.IsHealth(path))
                {
                    Assert.Equal("unknown_url", (await StageFixture.ErrorAsync(answer)).Code);
                }
            }
        }
    }

    [Fact]
    public async Task OwnPort_ServesManagementAndHealth_NoApi()
    {
        await using Rig rig = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, Own, HttpMethod.Get, "/admin/instances"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, Own, HttpMethod.Get, "/health"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, Own, HttpMethod.Get, "/health/ready"));

        using HttpResponseMessage refused = await rig.SendAsync(
            rig.Request(Own, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(Rig.Urgent)))).Soon();

        Assert.Equal((HttpStatusCode.NotFound, "unknown_url"), (refused.StatusCode, (await StageFixture.ErrorAsync(refused)).Code));
        Assert.Equal("", refused.Header("x-gateway-tier"));
        Assert.Equal(0, rig.Upstream.Stats.Started);
        using HttpResponseMessage served = await rig.ChatAsync(Rig.Batch, "x").Soon();
        Assert.Equal((HttpStatusCode.OK, "3"), (served.StatusCode, served.Header("x-gateway-tier")));
    }

    [Fact]
    public async Task OwnPort_ItsRequests_AreOfNoTierInTheMetrics()
    {
        await using Rig rig = await Rig.StartAsync(configure: static options => options with
        {
            ManagementPort = 0,
            Endpoints = [options.Endpoints[0] with { Priority = 0 }, .. options.Endpoints.Skip(1)],
        });
        await StatusAsync(rig, Own, HttpMethod.Get, "/admin/instances");
        await StatusAsync(rig, Rig.Urgent, HttpMethod.Get, "/health");
        await rig.Gateway.Records.WaitForAsync(2);
        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Own, HttpMethod.Get, "/metrics")).Soon();
        string text = await answer.TextAsync();

        string[] requests = [.. text.Split('\n').Where(static line => line.StartsWith("gateway_requests_total{", StringComparison.Ordinal))];
        Assert.Contains("tier=\"management\"", Assert.Single(requests, static line => line.Contains("/admin/instances", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("tier=\"0\"", Assert.Single(requests, static line => line.Contains("/health", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OwnPort_TokenConfigured_IsNeededThereToo()
    {
        await using Rig rig = await StartAsync(AdminRig.Token);

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(rig, Own, HttpMethod.Get, "/admin/instances"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, Own, HttpMethod.Get, "/admin/instances", $"Authorization: Bearer {AdminRig.Token}"));
    }

    private static async Task<HttpStatusCode> StatusAsync(Rig rig, int port, HttpMethod method, string path, params string[] headers)
    {
        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(port, method, path, null, headers)).Soon();
        return answer.StatusCode;
    }
}
