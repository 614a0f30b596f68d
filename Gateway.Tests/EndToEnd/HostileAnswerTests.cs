using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Answers that are well formed on the wire and meant to be misread.</summary>
public class HostileAnswerTests
{
    [Theory]
    [InlineData("x", Rig.Urgent)]
    [InlineData("a-very-long-deployment-name", Rig.Batch)]
    [Trait("req", "A4")]
    public async Task EditedStream_WithALength_IsWholeAtItsNewLength(string deployment, int tier)
    {
        string events = Events(deployment);
        await using RawUpstream upstream = RawUpstream.Start(
            $"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\nContent-Length: {events.Length}\r\n\r\n{events}");
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances = [AzureTests.Azure(options.Instances[0]) with { ApiBase = upstream.BaseAddress }],
        });

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            tier, HttpMethod.Post, "/v1/chat/completions", Rig.Json("""{"model":"gpt-4","stream":true,"messages":[]}"""))).Soon();

        Assert.Equal((200, Events("gpt-4")), ((int)answer.StatusCode, await answer.TextAsync()));
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("\\ud83d")]
    [InlineData("ok")]
    [Trait("row", "U4")]
    public async Task Refusal_WithHalfACharacter_IsARefusalLikeAnyOther(string text)
    {
        string body = "{\"error\":{\"message\":\"Rate limit reached: " + text + "\"}}";
        await using RawUpstream upstream = RawUpstream.Start(
            $"HTTP/1.1 429 Busy\r\nRetry-After: 1800\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await using Rig rig = await StartAsync(upstream);

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n").Soon();

        Assert.Equal((429, body), ((int)answer.StatusCode, await answer.TextAsync()));
        Assert.NotNull(Assert.Single(rig.Instances.All).Health.PausedUntil);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData(500, 1)]
    [InlineData(502, 1)]
    [InlineData(504, 1)]
    [InlineData(418, 2)]
    [Trait("row", "U4")]
    public async Task ShouldRetryTrue_OfAPost_WidensNothingThatMayBeDone(int status, int attempts)
    {
        List<string> requests = [];
        await using RawUpstream upstream = RawUpstream.Start(
            $"HTTP/1.1 {status} No\r\nx-should-retry: true\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}", requests);
        await using Rig rig = await StartAsync(upstream);

        Assert.Equal(status, (int)(await rig.ChatAsync(Rig.Urgent, "n").Soon()).StatusCode);

        Assert.Equal(attempts, requests.Count);
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("gate/way+secret", "gate\\/way+secret")]
    [InlineData("gate/way+secret", "gate/way\\u002Bsecret")]
    [InlineData("gate/way+secret", "gate\\/way\\u002bsecret")]
    [InlineData("gateway-secret", "gateway-secret")]
    [Trait("row", "A4")]
    public async Task Refusal_RepeatsTheGatewaysKeyEscaped_ItStopsHere(string key, string told)
    {
        string before = "{\"error\":{\"message\":\"Incorrect API key: ";
        string body = $"{before}{told}\"}}}}";
        await using RawUpstream upstream = RawUpstream.Start(
            $"HTTP/1.1 401 No\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await using Rig rig = await StartAsync(upstream, key);

        HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n").Soon();

        Assert.Equal((401, $"{before}{new string('*', told.Length)}\"}}}}"), ((int)answer.StatusCode, await answer.TextAsync()));
        await rig.AssertQuietAsync(1, 1);
    }

    private static string Events(string model) =>
        "data: {\"model\":\"" + model + "\",\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    private static Task<Rig> StartAsync(RawUpstream upstream, string? key = null) => Rig.StartAsync(1, options => options with
    {
        Instances = [GatewayHost.Instance(upstream.BaseAddress, 1) with { ApiKey = key }],
        Retries = new RetryOptions { BaseDelay = TimeSpan.Zero, MaxRetries = 1 },
    });
}
