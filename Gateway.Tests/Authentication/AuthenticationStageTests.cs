using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Authentication;

[Trait("req", "M1")]
public class AuthenticationStageTests
{
    private const string Head = "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: 30000000\r\nExpect: 100-continue\r\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_WrongKeyAndHugeBody_IsRefusedBeforeTheBody()
    {
        await using StageFixture fixture = await StageFixture.StartAsync(WithKeys);
        using RawConnection client = await fixture.OpenAsync();

        await client.SendAsync($"{Head}Authorization: Bearer wrong\r\n\r\n", Cancel);
        string answer = await client.ReadUntilAsync("\r\n\r\n", Cancel).WaitAsync(StageFixture.Guard, Cancel);

        Assert.StartsWith("HTTP/1.1 401 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("100 Continue", answer, StringComparison.Ordinal);
        Assert.Equal(0, fixture.Upstream.Stats.Started);
        await fixture.AssertIdleAsync(records: 1);
    }

    [Fact]
    public async Task Request_RightKeyAndHugeBody_IsAskedForIt()
    {
        await using StageFixture fixture = await StageFixture.StartAsync(WithKeys);
        using RawConnection client = await fixture.OpenAsync();

        await client.SendAsync($"{Head}Authorization: Bearer client-1\r\n\r\n", Cancel);
        string answer = await client.ReadUntilAsync("\r\n\r\n", Cancel).WaitAsync(StageFixture.Guard, Cancel);
        client.Reset();

        Assert.StartsWith("HTTP/1.1 100 Continue", answer, StringComparison.Ordinal);
        await fixture.AssertIdleAsync(records: 1);
    }

    [Theory]
    [InlineData("Authorization", "Bearer client-1", "Bearer ours", "key-1")]
    [InlineData("Authorization", "bearer client-2", "Bearer theirs", "key-2")]
    [InlineData("api-key", "client-2", "Bearer theirs", "key-2")]
    public async Task Request_KnownKey_TravelsWithItsUpstreamKeyOnly(string header, string value, string expected, string caller)
    {
        await using StageFixture fixture = await StageFixture.StartAsync(WithKeys);

        using HttpResponseMessage answer = await fixture.PostChatAsync(
            (header, value), ("Cookie", "session=1"), ("OpenAI-Organization", "org"), ("OpenAI-Project", "p"), ("X-Api-Key", "x"),
            ("X-Forwarded-For", "10.0.0.1"), ("Forwarded", "for=10.0.0.1"), ("OpenAI-Beta", "assistants=v2"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        RecordedRequest sent = Assert.Single(fixture.Upstream.Requests);
        Assert.Equal([expected], sent.Header("Authorization"));
        Assert.All(
            ["api-key", "x-api-key", "Cookie", "OpenAI-Organization", "OpenAI-Project", "X-Forwarded-For", "Forwarded"],
            name => Assert.Empty(sent.Header(name)));
        Assert.Equal(["assistants=v2"], sent.Header("OpenAI-Beta"));
        Assert.Equal(caller, Assert.Single(await fixture.Gateway.Records.WaitForAsync(1)).Caller);
    }

    [Theory]
    [InlineData("Authorization", "Bearer client-3")]
    [InlineData("Authorization", "Bearer ours")]
    [InlineData("Authorization", "Bearer theirs")]
    [InlineData("Authorization", "client-1")]
    [InlineData("Authorization", "Bearer CLIENT-1")]
    [InlineData("x-api-key", "client-1")]
    [InlineData("X-Nothing", "at all")]
    public async Task Request_AnythingElse_IsRefused(string header, string value)
    {
        await using StageFixture fixture = await StageFixture.StartAsync(WithKeys);

        using HttpResponseMessage answer = await fixture.PostChatAsync((header, value));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("invalid_api_key", (await StageFixture.ErrorAsync(answer)).Code);
        Assert.Equal(0, fixture.Upstream.Stats.Started);
        Assert.Null(Assert.Single(await fixture.Gateway.Records.WaitForAsync(1)).Caller);
    }

    [Fact]
    public async Task Request_NoKeysAtAll_PassesTheCallersOwn()
    {
        await using StageFixture fixture = await StageFixture.StartAsync();

        using HttpResponseMessage answer = await fixture.PostChatAsync(("Authorization", "Bearer own"), ("OpenAI-Organization", "org"), ("Cookie", "a=b"));

        RecordedRequest sent = Assert.Single(fixture.Upstream.Requests);
        Assert.Equal(("Bearer own", "org", "a=b"), (sent.Header("Authorization")[0], sent.Header("OpenAI-Organization")[0], sent.Header("Cookie")[0]));
    }

    [Fact]
    public async Task Request_UpstreamKeyWithoutClientKeys_IsLent()
    {
        await using StageFixture fixture = await StageFixture.StartAsync(static options => WithKeys(options) with
        {
            ClientApiKeys = [],
            ApiKeyMapping = new Dictionary<string, string>(),
        });

        using HttpResponseMessage answer = await fixture.PostChatAsync(("Authorization", "Bearer own"), ("Cookie", "a=b"));

        RecordedRequest sent = Assert.Single(fixture.Upstream.Requests);
        Assert.Equal(["Bearer ours"], sent.Header("Authorization"));
        Assert.Empty(sent.Header("Cookie"));
    }

    [Fact]
    public async Task Options_WithoutKey_IsAnsweredWithoutAnUpstreamCall()
    {
        await using StageFixture fixture = await StageFixture.StartAsync(WithKeys);

        using HttpResponseMessage answer = await fixture.SendAsync(HttpMethod.Options, StageFixture.Chat, null, ("Authorization", "Bearer wrong"), ("Cookie", "a=b"));

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Contains("POST", answer.Content.Headers.Allow);
        Assert.Empty(fixture.Upstream.Requests);
    }

    /// <summary>What a connection has shown before is remembered, and stands for nothing else: no other key, no other header, no other table.</summary>
    [Fact]
    [Trait("row", "A7")]
    public async Task Connection_ShowsOneKeyAfterTheOther_IsEachTimeWhoItSays()
    {
        await using StageFixture fixture = await StageFixture.StartAsync(WithKeys);
        using RawConnection client = await fixture.OpenAsync();

        // 200 of one, twice, so that it is remembered; others that look like it; and itself again.
        await AskAsync("Authorization: Bearer client-1", 200);
        await AskAsync("Authorization: Bearer client-1", 200);
        await AskAsync("Authorization: Bearer client-3", 401);
        await AskAsync("Authorization: Bearer client-2", 200);
        await AskAsync("Authorization: Bearer client-1\r\napi-key: client-2", 401);
        await AskAsync("X-Nothing: at all", 401);
        await AskAsync("Authorization: Bearer client-1\r\nAuthorization: Bearer client-1", 401);
        await AskAsync("Authorization: Bearer client-1", 200);
        Assert.Equal(["key-1", "key-1", null, "key-2", null, null, null, "key-1"], (await fixture.Gateway.Records.WaitForAsync(8)).Select(static record => record.Caller));

        fixture.Gateway.Options.Edit(static options => options with { ClientApiKeys = ["client-9"] });
        await AskAsync("Authorization: Bearer client-1", 401);
        fixture.Gateway.Options.Edit(static options => options with { ClientApiKeys = ["client-9", "client-1"] });
        await AskAsync("Authorization: Bearer client-1", 200);
        await fixture.AssertIdleAsync(records: 10);

        async Task AskAsync(string header, int status)
        {
            await client.PostAsync(StageFixture.Chat, StageFixture.ChatBody, header + "\r\n", Cancel);
            string answer = await client.ReadUntilAsync("}}", Cancel).WaitAsync(StageFixture.Guard, Cancel);
            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        }
    }

    private static GatewayOptions WithKeys(GatewayOptions options) => options with
    {
        ClientApiKeys = ["client-1"],
        ApiKeyMapping = new Dictionary<string, string> { ["client-2"] = "theirs" },
        Instances = [options.Instances[0] with { ApiKey = "ours" }],
    };
}
