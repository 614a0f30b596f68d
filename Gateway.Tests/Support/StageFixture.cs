using System.Text;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Scheduling;
using Microsoft.Extensions.DependencyInjection;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>A gateway, its one upstream and a client, for tests of a stage in its place.</summary>
internal sealed class StageFixture : IAsyncDisposable
{
    public const string Chat = "/v1/chat/completions";
    public const string ChatBody = """{"model":"m","messages":[]}""";

    /// <summary>The guard of every await: far above what anything takes.</summary>
    public static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    private StageFixture(SimulatorHost upstream, GatewayHost gateway) => (Upstream, Gateway) = (upstream, gateway);

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public SimulatorHost Upstream { get; }

    public GatewayHost Gateway { get; }

    public HttpClient Client { get; } = new(new SocketsHttpHandler()) { Timeout = Guard };

    public SegmentPool Bodies => Gateway.Services.GetRequiredService<SegmentPool>();

    /// <param name="change">Changes the three tiers before the start.</param>
    /// <param name="slots">Of the upstream.</param>
    public static async Task<StageFixture> StartAsync(Func<GatewayOptions, GatewayOptions>? change = null, int slots = 8)
    {
        SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        GatewayOptions options = GatewayHost.ThreeTiers(upstream.BaseAddress, slots);
        return new StageFixture(upstream, await GatewayHost.StartAsync(change?.Invoke(options) ?? options));
    }

    public Task<RawConnection> OpenAsync() => RawConnection.OpenAsync(Gateway.Address(0), Cancel);

    /// <summary>Sends a request to the most urgent listener; the answer's body is not read yet.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, new Uri(Gateway.Address(0), path));
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        foreach ((string name, string value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content!.Headers.Remove(name);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }

    public Task<HttpResponseMessage> PostChatAsync(params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Post, Chat, ChatBody, headers);

    /// <summary>The OpenAI error of an answer: exactly its four keys.</summary>
    public static async Task<(string Message, string? Param, string? Code)> ErrorAsync(HttpResponseMessage answer)
    {
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
        using JsonDocument body = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(Cancel));
        JsonElement error = body.RootElement.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(static key => key.Name));
        return (error.GetProperty("message").GetString()!, error.GetProperty("param").GetString(), error.GetProperty("code").GetString());
    }

    /// <summary>Once so many requests have left their record: nothing is held, queued or running.</summary>
    public async Task AssertIdleAsync(int records)
    {
        await Gateway.Records.WaitForAsync(records);
        SchedulerSnapshot snapshot = await Gateway.Scheduler.SnapshotAsync(withItems: true).WaitAsync(Guard, Cancel);
        Assert.Empty(snapshot.Items);
        Assert.All(snapshot.Instances, static instance => Assert.Equal((0, 0), (instance.Running, instance.Leaked)));
        Assert.Equal(0, Bodies.Held);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Gateway.DisposeAsync();
        await Upstream.DisposeAsync();
    }
}
