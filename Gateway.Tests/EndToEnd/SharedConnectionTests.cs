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

    [Fact]
    [Trait("req", "P12")]
    public async Task Http2Upstream_OneCallersUnfinishedUploadEnds_TheOthersGoOn()
    {
        var early = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication upstream = await StartAsync(context => context.Request.Path.Value switch
        {
            "/v1/early" => early.Task,
            _ => StreamAsync(context, more.Task),
        });
        await using GatewayHost gateway = await GatewayHost.StartAsync(new GatewayOptions
        {
            Endpoints = [new EndpointOptions { Port = 0 }],
            Instances = [GatewayHost.Instance(AddressOf(upstream), slots: 4) with { HttpVersion = UpstreamHttpVersion.Http2 }],
        });
        using HttpClient client = Rig.NewClient();

        // The upload opens the connection; the stream joins it.
        Task<HttpResponseMessage> upload = client.PostAsync(new Uri(gateway.Address(0), "/v1/early"), new ByteArrayContent(Upload), Rig.Cancel);
        using HttpResponseMessage stream = await client.GetAsync(
            new Uri(gateway.Address(0), "/v1/stream"), HttpCompletionOption.ResponseHeadersRead, Rig.Cancel).Soon();
        early.SetResult();
        using HttpResponseMessage answer = await upload.Soon();
        await gateway.Records.WaitForAsync(1);
        more.SetResult();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("first second", await stream.Content.ReadAsStringAsync(Rig.Cancel).Soon());
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
