using System.Net;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Management;

[Trait("req", "C6")]
[Trait("req", "A9")]
public class StatsTests
{
    [Theory]
    [InlineData("/stats")]
    [InlineData("/stats/")]
    public async Task Stats_AfterSomeCalls_SaysHowManyAndWhereTo(string path)
    {
        await using Rig rig = await Rig.StartAsync(2, static options => options with
        {
            ProxyUrl = "http://user:canary-proxy@127.0.0.1:3128",
            RateLimit = new RateLimitOptions { RequestsPerMinute = 50 },
            Instances = [options.Instances[0], GatewayHost.Instance(new Uri("http://127.0.0.1:1/"), 1, "spare") with { Enabled = false }],
        });
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, $"n{i}").Soon();
            await answer.Content.ReadAsStringAsync(Rig.Cancel);
        }

        await rig.AssertQuietAsync(3, 2);
        JsonElement stats = await rig.AdminJsonAsync("GET", path);

        Assert.Equal(["cache", "rate_limit", "proxy_url", "openai_url", "summary", "instances", "timestamp"], stats.Names());
        Assert.Equal("5m", stats.GetProperty("cache").GetProperty("ttl").GetString());
        Assert.Equal(JsonValueKind.Number, stats.GetProperty("cache").GetProperty("item_count").ValueKind);
        Assert.Equal(50, stats.GetProperty("rate_limit").GetInt32());
        Assert.Equal("http://***@127.0.0.1:3128", stats.GetProperty("proxy_url").GetString());
        Assert.Equal($"{rig.Upstream.BaseAddress}v1", stats.GetProperty("openai_url").GetString());
        JsonElement summary = stats.GetProperty("summary");
        Assert.Equal((2, 2, 0, 100.0), (
            summary.GetProperty("total_instances").GetInt32(), summary.GetProperty("healthy_instances").GetInt32(),
            summary.GetProperty("unhealthy_instances").GetInt32(), summary.GetProperty("health_percentage").GetDouble()));
        Assert.Equal(3, summary.GetProperty("total_requests").GetInt32());
        long tokens = summary.GetProperty("total_tokens_served").GetInt64();
        Assert.True(tokens > 0);
        Assert.Equal(Math.Round(tokens / 3.0, 2), summary.GetProperty("avg_tokens_per_request").GetDouble());
        Assert.Equal(["default", "spare"], stats.GetProperty("instances").Names());
        Assert.Equal("disabled", stats.GetProperty("instances").GetProperty("spare").GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("{}", null)]
    [InlineData("{ \"rate_limit\": { \"requests_per_minute_per_ip\": 7 } }", 7)]
    [InlineData("{ \"rate_limit\": {} }", 60)]
    public async Task Stats_RateLimit_IsThatOfOneCaller(string json, int? limit)
    {
        RateLimitOptions? configured = Configuration.ConfigurationFolder.LoadJson(json).Options!.RateLimit;
        await using Rig rig = await Rig.StartAsync(1, options => options with { RateLimit = configured });

        JsonElement value = (await rig.AdminJsonAsync("GET", "/stats")).GetProperty("rate_limit");

        Assert.Equal(limit, value.ValueKind == JsonValueKind.Null ? null : value.GetInt32());
    }

    [Fact]
    public async Task Stats_TokenConfigured_NeedsIt()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);

        Assert.Equal(401, (await rig.AdminErrorAsync("GET", "/stats/")).Status);
        string text = (await rig.AdminJsonAsync("GET", "/stats/", null, HttpStatusCode.OK, $"X-Admin-Token: {AdminRig.Token}")).GetRawText();
        Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
    }
}
