using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Over HTTP/2 many calls share one connection: what ends one of them must not touch the others.</summary>
public class SharedConnectionTests
{
    /// <summary>More than HTTP/2's first window, so that an upstream that does not read it leaves it half sent.</summary>
    private static readonly byte[] Upload = new byte[900_000];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("req", "P12")]
    public async Task Http2Upstream_OneCallersUnfinishedUploadEnds_TheOthersGoOn(bool callerLeaves)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var early = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication upstream = await StartAsync(context => context.Request.Path.Value switch
        {
            "/v1/early" => EarlyAsync(arrived, early.Task),
            _ => StreamAsync(context, more.Task),
        });
        await using GatewayHost gateway = await GatewayHost.StartAsync(new GatewayOptions
        {
            Endpoints = [new EndpointOptions { Port = 0 }],
            Instances = [GatewayHost.Instance(AddressOf(upstream), slots: 4) with { HttpVersion = UpstreamHttpVersion.Http2 }],
        });
        using HttpClient client = Rig.NewClient();

        // The upload opens the connection; the stream joins it.
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Rig.Cancel);
        Task<HttpResponseMessage> upload = client.PostAsync(new Uri(gateway.Address(0), "/v1/early"), new ByteArrayContent(Upload), leave.Token);
        await arrived.Task.Soon();
        using HttpResponseMessage stream = await client.GetAsync(
            new Uri(gateway.Address(0), "/v1/stream"), HttpCompletionOption.ResponseHeadersRead, Rig.Cancel).Soon();
        if (callerLeaves)
        {
            await leave.CancelAsync();
        }
        else
        {
            early.SetResult();
        }

        await Task.WhenAny(upload).Soon();
        await gateway.Records.WaitForAsync(1);
        early.TrySetResult();
        more.SetResult();

        Assert.Equal(callerLeaves, upload.IsCanceled);
        Assert.Equal("first second", await stream.Content.ReadAsStringAsync(Rig.Cancel).Soon());
    }

    [Fact]
    [Trait("row", "U12")]
    public async Task Http2Upstream_ManyLongStreams_ShortCallDoesNotWaitForThem()
    {
        // More than Kestrel lets one connection carry.
        const int Streams = 130;
        var more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var connections = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        await using WebApplication upstream = await StartAsync(context =>
        {
            connections[context.Connection.Id] = true;
            return context.Request.Path.Value == "/v1/short" ? context.Response.WriteAsync("short") : StreamAsync(context, more.Task);
        });
        await using GatewayHost gateway = await GatewayHost.StartAsync(new GatewayOptions
        {
            Endpoints = [new EndpointOptions { Port = 0 }],
            Instances = [GatewayHost.Instance(AddressOf(upstream), slots: 200) with { HttpVersion = UpstreamHttpVersion.Http2 }],
        });
        using HttpClient client = Rig.NewClient();
        HttpResponseMessage[] streams = await Task.WhenAll(Enumerable.Range(0, Streams).Select(_ =>
            client.GetAsync(new Uri(gateway.Address(0), "/v1/stream"), HttpCompletionOption.ResponseHeadersRead, Rig.Cancel))).Soon();

        // Answered while every one of them is open.
        string answer = await client.GetStringAsync(new Uri(gateway.Address(0), "/v1/short"), Rig.Cancel).Soon();

        Assert.Equal("short", answer);
        Assert.InRange(connections.Count, 2, Streams / 10);
        more.SetResult();
        Assert.All(await Task.WhenAll(streams.Select(static stream => stream.TextAsync())), static text => Assert.Equal("first second", text));
        await gateway.Records.WaitForAsync(Streams + 1);
    }

    /// <summary>Answers without reading the upload.</summary>
    private static async Task EarlyAsync(TaskCompletionSource arrived, Task early)
    {
        arrived.SetResult();
        await early;
    }

    private static async Task StreamAsync(HttpContext context, Task more)
    {
        await context.Response.WriteAsync("first ");
        await context.Response.Body.FlushAsync();
        await more;
        await context.Response.WriteAsync("second");
    }

    private static async Task<WebApplication> StartAsync(RequestDelegate handler)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2));
        WebApplication app = builder.Build();
        app.Run(handler);
        await app.StartAsync();
        return app;
    }

    private static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
}
