using System.Text;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What an upstream says about one caller's key is not held against the instance, and so not against the others.</summary>
[Trait("req", "A6")]
[Trait("req", "M4")]
[Trait("row", "U7")]
public class CallersOwnLimitTests
{
    [Theory]
    [InlineData("x-api-key: mine", "/v1/chat/completions", false)]
    [InlineData("api-key: mine", "/v1/chat/completions", false)]
    [InlineData("Authorization: Basic bWluZQ==", "/v1/chat/completions", false)]
    [InlineData("Cookie: session=mine", "/v1/chat/completions", false)]
    [InlineData("Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.mine", "/v1/chat/completions", false)]
    [InlineData("X-Nothing: else", "/v1/chat/completions?api-key=mine", false)]
    [InlineData("X-Nothing: else", "/v1/chat/completions?model=m", true)]
    public async Task PassThrough_AnyCredentialOfTheCallers_PausesNobodyElse(string header, string path, bool pauses)
    {
        await using RawUpstream upstream = RawUpstream.Start("HTTP/1.1 429 Busy\r\nRetry-After: 1800\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances = [GatewayHost.Instance(upstream.BaseAddress, 1)],
            Retries = new RetryOptions(),
        });

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, path, Rig.Json(Rig.ChatBody(Rig.Urgent)), header)).Soon();

        Assert.Equal((429, pauses), ((int)answer.StatusCode, Assert.Single(rig.Instances.All).Health.PausedUntil is not null));
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(true, 200, "2")]
    [InlineData(false, 503, "1")]
    public async Task Refusals_OfOneTenantsMappedKey_LeaveTheFailureBudgetToTheOthers(bool isMapped, int status, string attempts)
    {
        int served = 0;
        await using RawUpstream upstream = RawUpstream.Start(async (connection, request) =>
        {
            bool isTenant = request.Contains("\"urgent\"", StringComparison.Ordinal);
            string answer = isTenant ? "429 Busy\r\nx-should-retry: false" : Interlocked.Increment(ref served) == 1 ? "503 Busy" : "200 OK";
            await connection.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 {answer}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"));
            return RawUpstream.Closing.Orderly;
        });
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            ApiKeyMapping = isMapped ? new Dictionary<string, string> { ["a"] = "upstream-a", ["b"] = "upstream-b" } : new Dictionary<string, string>(),
            Instances = [GatewayHost.Instance(upstream.BaseAddress, 1) with { ApiKey = "sk-own" }],
            Retries = new RetryOptions { BaseDelay = TimeSpan.Zero },
        });
        for (int i = 0; i < 9; i++)
        {
            Assert.Equal(429, (int)(await CallAsync(rig, Rig.Urgent, "a")).StatusCode);
        }

        HttpResponseMessage other = await CallAsync(rig, Rig.Batch, "b");

        Assert.Equal((status, attempts), ((int)other.StatusCode, other.Header("x-gateway-attempts")));
        await rig.AssertQuietAsync(10, 1);
        Assert.Equal(10, Assert.Single(rig.Instances.All).Usage.Errors);
    }

    private static Task<HttpResponseMessage> CallAsync(Rig rig, int tier, string key) => rig.SendAsync(rig.Request(
        tier, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(tier)), $"Authorization: Bearer {key}")).Soon();
}
