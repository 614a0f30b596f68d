using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Whose credential reaches the upstream, and what goes with it.</summary>
public class CredentialTests
{
    private static readonly string[] Identity =
    [
        "Authorization: Bearer sk-caller", "api-key: sk-caller", "x-api-key: sk-caller", "OpenAI-Organization: org-caller", "OpenAI-Project: proj-caller",
        "Cookie: session=caller", "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: https", "Forwarded: for=10.0.0.1", "X-Real-IP: 10.0.0.1",
    ];

    [Theory]
    [InlineData("Bearer sk-caller")]
    [InlineData("bearer  odd-but-not-ours ")]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData(null)]
    [Trait("req", "C7")]
    public async Task NoUpstreamKey_CallersCredential_PassesUntouched(string? credential)
    {
        await using Rig rig = await Rig.StartAsync();
        HttpRequestMessage request = rig.Request(Rig.Normal, HttpMethod.Get, "/v1/models", null, [.. Identity[1..]]);
        if (credential is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", credential);
        }

        HttpResponseMessage answer = await rig.SendAsync(request).Soon();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        Assert.Equal(credential is null ? [] : [credential.Trim()], received.Header("Authorization"));
        Assert.All(Identity[1..], header => Assert.Equal([header.Split(": ")[1]], received.Header(header.Split(": ")[0])));
    }

    [Theory]
    [InlineData(false, "sk-instance")]
    [InlineData(true, "sk-mapped")]
    [Trait("req", "C7")]
    [Trait("row", "H3")]
    public async Task CredentialReplaced_IdentityHeaders_StopHere(bool mapped, string expected)
    {
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances = [options.Instances[0] with { ApiKey = "sk-instance" }],
            ApiKeyMapping = mapped ? new Dictionary<string, string> { ["sk-caller"] = "sk-mapped" } : new Dictionary<string, string>(),
        });
        rig.Upstream.Respond(static async context =>
        {
            context.Response.Headers.SetCookie = new[] { "a=1; Path=/", "b=2" };
            context.Response.Headers["x-request-id"] = "req_upstream";
            context.EndCall();
            await context.Response.CompleteAsync();
            return true;
        });

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Normal, HttpMethod.Get, "/v1/models", null, [.. Identity, "OpenAI-Beta: assistants=v2", "X-Client-Request-Id: r1"])).Soon();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        Assert.Equal([$"Bearer {expected}"], received.Header("Authorization"));
        Assert.All(Identity[1..], header => Assert.Empty(received.Header(header.Split(": ")[0])));
        Assert.Equal(["assistants=v2"], received.Header("OpenAI-Beta"));
        Assert.Equal(["r1"], received.Header("X-Client-Request-Id"));

        // A cookie of the upstream speaks of an account that is not the caller's; the key never comes back either.
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.Equal("req_upstream", answer.Header("x-request-id"));
        Assert.DoesNotContain(expected, answer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("req", "C7")]
    [Trait("row", "U3")]
    public async Task CredentialPassedThrough_SetCookie_ReachesTheCaller()
    {
        await using Rig rig = await Rig.StartAsync();
        rig.Upstream.Respond(static async context =>
        {
            context.Response.Headers.SetCookie = new[] { "a=1; Path=/", "b=2" };
            context.EndCall();
            await context.Response.CompleteAsync();
            return true;
        });

        HttpResponseMessage first = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Get, "/v1/models")).Soon();
        HttpResponseMessage second = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Get, "/v1/models")).Soon();

        Assert.Equal(["a=1; Path=/", "b=2"], first.Headers.GetValues("Set-Cookie"));
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);

        // No cookie jar: what one caller was given is never sent for another.
        Assert.All(rig.Upstream.Requests, static request => Assert.Empty(request.Header("Cookie")));
    }

    [Fact]
    [Trait("req", "C7")]
    public async Task KeysConfigured_WrongKey_401WithoutReadingTheBodyButPreflightPasses()
    {
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances = [options.Instances[0] with { ApiKey = "sk-instance" }],
            ClientApiKeys = ["sk-known"],
        });
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Urgent), Rig.Cancel);

        // 40 MB are announced and never sent: the answer comes instead of "100 Continue".
        await client.SendAsync(
            "POST /v1/files HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer sk-wrong\r\nContent-Length: 40000000\r\nExpect: 100-continue\r\n\r\n", Rig.Cancel);
        string refusal = await client.ReadUntilAsync("invalid_api_key", Rig.Cancel).Soon();
        HttpResponseMessage preflight = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Options, "/v1/models", null, "Cookie: x=1")).Soon();

        Assert.StartsWith("HTTP/1.1 401 ", refusal, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Empty(rig.Upstream.Requests);
    }
}
