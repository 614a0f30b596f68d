using System.Net.WebSockets;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.Logging;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Whose key opens a WebSocket, and where it stops: browsers have no header for it.</summary>
[Trait("req", "M1")]
public class RealtimeCredentialTests
{
    private const string KeyProtocol = "openai-insecure-api-key.";

    [Theory]
    [InlineData("/v1/realtime?model=m", "Authorization: Bearer canary-client")]
    [InlineData("/v1/realtime?model=m", "api-key: canary-client")]
    [InlineData("/v1/realtime?model=m", null, "realtime", KeyProtocol + "canary-client", "openai-beta.realtime-v1")]
    [InlineData("/v1/realtime?model=m", null, "realtime", KeyProtocol + "canary-client", "openai-organization.canary-org", "openai-project.canary-project")]
    [InlineData("/v1/realtime?api-key=canary-client&model=m", null)]
    [InlineData("/v1/realtime?model=m&api%2Dkey=canary%2dclient", null)]
    [InlineData("/v1/realtime?model=m&API-KEY=canary-client", "Authorization: Bearer canary-client", "realtime", KeyProtocol + "canary-client")]
    public async Task KnownKey_HoweverSent_OpensAndStopsHere(string path, string? header, params string[] protocols)
    {
        await using Rig rig = await StartAsync();
        rig.Upstream.Respond(static async context =>
        {
            using WebSocket accepted = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
            await accepted.CloseAsync();
            return true;
        });
        using ClientWebSocket socket = await ConnectAsync(rig, path, header, protocols);
        await socket.ReceiveAsync();
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Rig.Cancel).Soon();

        // What the upstream chose is among what the caller offered.
        Assert.Equal(protocols.FirstOrDefault(), socket.SubProtocol);
        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        Assert.Equal("/v1/realtime?model=m", received.RawTarget);
        Assert.Equal(["Bearer sk-ours"], received.Header("Authorization"));
        string[] kept = [.. protocols.Where(static protocol => protocol is "realtime" or "openai-beta.realtime-v1")];
        Assert.Equal(kept.Length == 0 ? [] : [string.Join(", ", kept)], received.Header("Sec-WebSocket-Protocol"));
        Assert.DoesNotContain(received.Headers, static one => one.Value.Contains("canary", StringComparison.Ordinal));
        Assert.Equal("key-1", Assert.Single(await rig.AssertQuietAsync(1, 1)).Caller);
        await AssertNotLoggedAsync(rig);
    }

    [Theory]
    [InlineData("/v1/realtime?model=m", null)]
    [InlineData("/v1/realtime?model=m", "Authorization: Bearer wrong-canary")]
    [InlineData("/v1/realtime?model=m&api-key=wrong-canary", null)]
    [InlineData("/v1/realtime?model=m&api-key=", null)]
    [InlineData("/v1/realtime?model=m&api-key=canary-client&api-key=wrong-canary", null)]
    [InlineData("/v1/realtime?model=m&api-key=canary-client", "Authorization: Bearer wrong-canary")]
    [InlineData("/v1/realtime?model=m&api-key=canary-client", "Authorization: Basic canary-client")]
    [InlineData("/v1/realtime?model=m", null, "realtime", KeyProtocol + "wrong-canary")]
    [InlineData("/v1/realtime?model=m", null, "realtime", KeyProtocol)]
    [InlineData("/v1/realtime?model=m", null, KeyProtocol + "canary-client", KeyProtocol + "wrong-canary")]
    public async Task WrongOrAmbiguousKey_401AndNeverSent(string path, string? header, params string[] protocols)
    {
        await using Rig rig = await StartAsync();

        WebSocketException refused = await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(rig, path, header, protocols));

        Assert.Contains("401", refused.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Upstream.Requests);
        await rig.AssertQuietAsync(1, 1);
        await AssertNotLoggedAsync(rig);
    }

    [Fact]
    public async Task PlainRequest_KeyInQueryOrSubprotocol_IsNoCredential()
    {
        await using Rig rig = await StartAsync();

        HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Get, "/v1/models?api-key=canary-client", null, $"Sec-WebSocket-Protocol: {KeyProtocol}canary-client")).Soon();

        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Empty(rig.Upstream.Requests);
    }

    [Fact]
    [Trait("req", "C7")]
    public async Task NoKeysConfigured_CallersOwn_PassesUntouched()
    {
        await using Rig rig = await Rig.StartAsync();
        using ClientWebSocket socket = await ConnectAsync(rig, "/v1/realtime?model=m&api-key=sk-own", null, ["realtime", KeyProtocol + "sk-own"]);
        await socket.CloseAsync();

        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        Assert.Equal("/v1/realtime?model=m&api-key=sk-own", received.RawTarget);
        Assert.Equal(["realtime, " + KeyProtocol + "sk-own"], received.Header("Sec-WebSocket-Protocol").Select(static value => value.Replace(",", ", ", StringComparison.Ordinal).Replace("  ", " ", StringComparison.Ordinal)));
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("req", "C7")]
    public async Task OnlyAnUpstreamKeyConfigured_CallersOwn_StopsHere()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Instances = [options.Instances[0] with { ApiKey = "sk-ours" }] });
        using ClientWebSocket socket = await ConnectAsync(rig, "/v1/realtime?api-key=sk-own", null, ["realtime", KeyProtocol + "sk-own"]);
        await socket.CloseAsync();

        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        Assert.Equal(("/v1/realtime", "Bearer sk-ours"), (received.RawTarget, received.Header("Authorization").Single()));
        Assert.Equal(["realtime"], received.Header("Sec-WebSocket-Protocol"));
        await rig.AssertQuietAsync(1, 1);
    }

    [Theory]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    [InlineData("https://app.example.evil.example", false)]
    [InlineData("https://app.example", true)]
    [InlineData("own", true)]
    [InlineData(null, true)]
    public async Task OnlyAnUpstreamKeyConfigured_WebPageOfSomebodyElse_GetsNoSocketOnOurKey(string? origin, bool opens)
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with
        {
            Cors = new CorsOptions { Origins = ["https://app.example"] },
            Instances = [options.Instances[0] with { ApiKey = "sk-ours" }],
        });
        string own = rig.Gateway.Address(Rig.Batch).GetLeftPart(UriPartial.Authority);
        string[] headers = origin is null ? [] : [$"Origin: {(origin == "own" ? own : origin)}"];

        if (opens)
        {
            using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch, Realtime.Path, headers);
            await socket.CloseAsync();
        }
        else
        {
            Assert.Equal(403, await Realtime.RefusalAsync(rig, Rig.Batch, Realtime.Path, headers));
        }

        Assert.Equal(opens ? 1 : 0, rig.Upstream.Requests.Count);
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    public async Task CallerHasAKeyOfItsOwn_AnyWebPage_OpensASocket()
    {
        await using Rig rig = await StartAsync();
        using ClientWebSocket socket = await Realtime.ConnectAsync(
            rig, Rig.Batch, Realtime.Path, "Authorization: Bearer canary-client", "Origin: https://anywhere.example");
        await socket.CloseAsync();

        Assert.Equal(["https://anywhere.example"], Assert.Single(rig.Upstream.Requests).Header("Origin"));
        await rig.AssertQuietAsync(1, 1);
    }

    private static Task<Rig> StartAsync() => Rig.StartAsync(1, static options => options with
    {
        LogLevel = LogLevel.Trace,
        Debug = true,
        ClientApiKeys = ["canary-client"],
        Instances = [options.Instances[0] with { ApiKey = "sk-ours" }],
    });

    private static async Task<ClientWebSocket> ConnectAsync(Rig rig, string path, string? header, string[] protocols)
    {
        var socket = new ClientWebSocket();
        if (header is not null)
        {
            socket.Options.SetRequestHeader(header.Split(": ")[0], header.Split(": ")[1]);
        }

        Array.ForEach(protocols, socket.Options.AddSubProtocol);
        await socket.ConnectAsync(new UriBuilder(new Uri(rig.Gateway.Address(Rig.Batch), path)) { Scheme = "ws" }.Uri, Rig.Cancel).Soon();
        return socket;
    }

    private static async Task AssertNotLoggedAsync(Rig rig)
    {
        await rig.Gateway.DisposeAsync();
        string log = rig.Gateway.Log();
        Assert.Contains("RequestFinished", log, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", log, StringComparison.Ordinal);
    }
}
