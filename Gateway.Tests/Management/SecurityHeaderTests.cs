using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>On what the gateway itself says, and on nothing else.</summary>
[Trait("req", "A11")]
public class SecurityHeaderTests
{
    private static readonly (string Name, string Value)[] Expected =
    [
        ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"), ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ("Referrer-Policy", "no-referrer"),
    ];

    [Theory]
    [InlineData("GET", "/health")]
    [InlineData("GET", "/health/ready")]
    [InlineData("GET", "/admin/instances")]
    [InlineData("GET", "/admin/openapi.json")]
    [InlineData("GET", "/admin/instances/nobody")]
    [InlineData("GET", "/nowhere")]
    [InlineData("POST", "/health")]
    [InlineData("GET", "/v1/models", "Authorization: Bearer wrong")]
    [InlineData("OPTIONS", "/v1/models")]
    [InlineData("GET", "/v1/%2e%2e/x", "Authorization: Bearer k")]
    [InlineData("POST", "/admin/tiers/1/pause", "Via: 1.1 x")]
    public async Task Answer_OfTheGateway_HasThem(string method, string path, params string[] headers)
    {
        await using Rig rig = await Rig.StartAsync(configure: static options => options with { ClientApiKeys = ["k"] });

        using HttpResponseMessage answer = await rig.AdminAsync(method, path, null, headers);

        Assert.All(Expected, header => Assert.Equal((header.Name, header.Value), (header.Name, answer.Header(header.Name))));
    }

    [Theory]
    [InlineData("status=200")]
    [InlineData("status=500")]
    [InlineData("status=404")]
    public async Task Answer_OfTheUpstream_HasNone(string knob)
    {
        await using Rig rig = await Rig.StartAsync();

        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "x", knobs: [knob]).Soon();

        Assert.Equal(knob, $"status={(int)answer.StatusCode}");
        Assert.All(Expected.Where(static header => header.Name != "Cache-Control"), header => Assert.Equal("", answer.Header(header.Name)));
        Assert.NotEqual("no-store", answer.Header("Cache-Control"));
    }

    [Fact]
    public async Task Answer_UpstreamGone_HasThem()
    {
        await using Rig rig = await Rig.StartAsync(configure: static options => options with
        {
            Instances = [options.Instances[0] with { ApiBase = new Uri("http://127.0.0.1:1/v1") }],
            Retries = new RetryOptions { MaxRetries = 0 },
        });

        using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "x").Soon();

        Assert.Equal(502, (int)answer.StatusCode);
        Assert.All(Expected, header => Assert.Equal((header.Name, header.Value), (header.Name, answer.Header(header.Name))));
    }
}
