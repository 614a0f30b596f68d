using System.Net.WebSockets;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A WebSocket to Azure: its own URL, its own key, the deployment in place of the model.</summary>
[Trait("req", "A4")]
[Trait("req", "P8")]
public class RealtimeAzureTests
{
    [Theory]
    [InlineData("2024-10-01-preview", "/v1/realtime?model=gpt-realtime", "/openai/realtime?api-version=2024-10-01-preview&deployment=rt%20deployment")]
    [InlineData("2024-10-01-preview", "/v1/realtime?x=1&deployment=GPT.Realtime&api-version=mine", "/openai/realtime?api-version=2024-10-01-preview&x=1&deployment=rt%20deployment")]
    [InlineData("2024-10-01-preview", "/v1/realtime?model=other", "/openai/realtime?api-version=2024-10-01-preview&deployment=other")]
    [InlineData("v1", "/v1/realtime?model=gpt-realtime", "/openai/v1/realtime?model=rt%20deployment")]
    [InlineData("v1", "/v1/realtime?deployment=gpt-realtime&api-key=sk-client", "/openai/v1/realtime?model=rt%20deployment")]
    [InlineData("v1", "/v1/realtime?intent=transcription", "/openai/v1/realtime?intent=transcription")]
    public async Task Handshake_OfEitherSurface_GoesWhereAzureWantsIt(string version, string path, string expected)
    {
        await using Rig rig = await StartAsync(version, "sk-azure");
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch, path, "Authorization: Bearer sk-client");

        await socket.SendAsync("through");

        Assert.Equal("through", await socket.ReceiveTextAsync());
        await socket.CloseAsync();
        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        Assert.Equal(expected, received.RawTarget);
        Assert.Equal(("sk-azure", 0), (received.Header("api-key").Single(), received.Header("Authorization").Count));
        Assert.Equal(Outcome.Relayed, Assert.Single(await rig.AssertQuietAndBilledAsync(1, 1)).Outcome);
    }

    [Fact]
    public async Task NoKeyConfigured_CallersOwn_PassesInTheQueryToo()
    {
        await using Rig rig = await StartAsync("v1", null);
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch, "/v1/realtime?model=m&api-key=sk-own");
        await socket.CloseAsync();

        Assert.Equal("/openai/v1/realtime?model=m&api-key=sk-own", Assert.Single(rig.Upstream.Requests).RawTarget);
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    public async Task FirstInstanceCannotBeReached_NextOneIsAsked()
    {
        await using SimulatorHost gone = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        Uri address = gone.BaseAddress;
        await gone.DisposeAsync();
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances =
            [
                new InstanceOptions { Name = "azure", ProviderType = ProviderType.Azure, ApiBase = address, ApiKey = "sk-azure", MaxConcurrency = 1, Priority = 1 },
                options.Instances[0] with { ApiKey = "sk-openai", Priority = 2 },
            ],
        });
        using ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch);

        await socket.SendAsync("over there");

        Assert.Equal("over there", await socket.ReceiveTextAsync());
        await socket.CloseAsync();
        RecordedRequest received = Assert.Single(rig.Upstream.Requests);
        Assert.Equal((Realtime.Path, "Bearer sk-openai"), (received.RawTarget, received.Header("Authorization").Single()));
        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal((2, 1, "default"), (record.Attempts, record.Retries, record.Instance));
    }

    private static Task<Rig> StartAsync(string version, string? key) => Rig.StartAsync(1, options => options with
    {
        ClientApiKeys = key is null ? [] : ["sk-client"],
        Instances =
        [
            new InstanceOptions
            {
                Name = "azure",
                ProviderType = ProviderType.Azure,
                ApiBase = new Uri(options.Instances[0].ApiBase, "/"),
                ApiVersion = version,
                ApiKey = key,
                MaxConcurrency = 1,
                ModelDeployments = new Dictionary<string, string> { ["gpt-realtime"] = "rt deployment" },
            },
        ],
    });
}
