using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Upstreams of https behind a proxy, for a gateway in a process of its own: there its certificate can be trusted.</summary>
[Trait("req", "C1")]
public sealed class ProxyTunnelTests : IDisposable
{
    /// <summary>More than HTTP/2's first window, so that an upstream that does not read it leaves it half sent.</summary>
    private static readonly byte[] Upload = new byte[900_000];

    private readonly X509Certificate2 _certificate = TestCertificate.Create();
    private readonly TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose() => _certificate.Dispose();

    [Theory]
    [InlineData("auto", false, "HTTP/2")]
    [InlineData("auto", true, "HTTP/2")]
    [InlineData("1.1", false, "HTTP/1.1")]
    [InlineData("1.1", true, "HTTP/1.1")]
    [InlineData("2", false, "HTTP/2")]
    public async Task Tunnel_RightPassword_IsShownUnaskedAndCarriesManyCalls(string version, bool isTls, string expected)
    {
        await using WebApplication upstream = await StartUpstreamAsync();
        await using ForwardProxy proxy = ForwardProxy.Start(isTls ? _certificate : null);
        await using GatewayProcess gateway = await StartAsync(upstream, proxy, version);
        using HttpClient client = Rig.NewClient();
        for (int i = 0; i < 3; i++)
        {
            HttpResponseMessage answer = await client.PostAsync(new Uri(gateway.Address, "/v1/files"), new ByteArrayContent(Upload), Rig.Cancel).Soon();
            Assert.Equal($"{expected} {Upload.Length}", await answer.Content.ReadAsStringAsync(Rig.Cancel).Soon());
        }

        Assert.Empty(proxy.Refused);
        Assert.Equal([$"CONNECT localhost:{PortOf(upstream)} HTTP/1.1"], proxy.Passed);
    }

    [Fact]
    public async Task Tunnel_CallerLeavesItsOnlyCall_SlotWaitsUntilTheUpstreamLetsGo()
    {
        var letsGo = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication upstream = await StartUpstreamAsync();
        await using ForwardProxy proxy = ForwardProxy.Start();
        proxy.LetsGo = letsGo.Task;
        await using GatewayProcess gateway = await StartAsync(upstream, proxy, "1.1");
        using HttpClient client = Rig.NewClient();

        HttpResponseMessage stream = await client.GetAsync(new Uri(gateway.Address, "/v1/stream"), HttpCompletionOption.ResponseHeadersRead, Rig.Cancel).Soon();
        stream.Dispose();
        await _left.Task.Soon();
        await Eventually.TrueAsync(async () => await SlotsAsync(client, gateway) == (0, 1));
        letsGo.SetResult();

        await Eventually.TrueAsync(async () => await SlotsAsync(client, gateway) == (0, 0));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("2")]
    public async Task Tunnel_OfHttp2_OneUnfinishedUploadEndsAndTheOthersGoOn(string version)
    {
        await using WebApplication upstream = await StartUpstreamAsync();
        await using ForwardProxy proxy = ForwardProxy.Start();
        await using GatewayProcess gateway = await StartAsync(upstream, proxy, version);
        using HttpClient client = Rig.NewClient();

        // The upload opens the connection; the stream joins it.
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Rig.Cancel);
        Task<HttpResponseMessage> upload = client.PostAsync(new Uri(gateway.Address, "/v1/hang"), new ByteArrayContent(Upload), leave.Token);
        await _arrived.Task.Soon();
        using HttpResponseMessage stream = await client.GetAsync(
            new Uri(gateway.Address, "/v1/stream"), HttpCompletionOption.ResponseHeadersRead, Rig.Cancel).Soon();
        await leave.CancelAsync();
        await _left.Task.Soon();
        await Eventually.TrueAsync(async () => await SlotsAsync(client, gateway) == (1, 0));
        _more.SetResult();

        Assert.Equal("first second", await stream.Content.ReadAsStringAsync(Rig.Cancel).Soon());
        Assert.Equal("HTTP/2 0", await client.GetStringAsync(new Uri(gateway.Address, "/v1/files"), Rig.Cancel).Soon());
        Assert.Single(proxy.Passed);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload);
    }

    private static async Task<(int Running, int Ending)> SlotsAsync(HttpClient client, GatewayProcess gateway)
    {
        JsonElement state = JsonElement.Parse(await client.GetStringAsync(new Uri(gateway.Address, "/admin/instances/default"), Rig.Cancel)).GetProperty("state");
        return (state.GetProperty("running").GetInt32(), state.GetProperty("ending").GetInt32());
    }

    private static int PortOf(WebApplication app) =>
        new Uri(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()).Port;

    private async Task<GatewayProcess> StartAsync(WebApplication upstream, ForwardProxy proxy, string version)
    {
        int port = FreePorts.One();
        return await GatewayProcess.StartAsync(
            new Uri($"http://127.0.0.1:{port}/"),
            new Dictionary<string, string>
            {
                ["trusted.pem"] = _certificate.ExportCertificatePem(),
                ["config.json"] = $$"""
                    { "endpoints": [{ "port": {{port}}, "priority": 1 }], "health": { "active": false }, "retries": { "max_retries": 0 }, "cache": { "enabled": false },
                      "proxy_url": "{{proxy.Url()}}",
                      "instances": [{ "name": "default", "api_base": "https://localhost:{{PortOf(upstream)}}/v1", "http_version": "{{version}}" }] }
                    """,
            },
            new Dictionary<string, string> { ["SSL_CERT_FILE"] = "trusted.pem" });
    }

    private async Task<WebApplication> StartUpstreamAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate)));
        WebApplication app = builder.Build();
        app.Run(context => context.Request.Path.Value switch
        {
            "/v1/hang" => HangAsync(context),
            "/v1/stream" => StreamAsync(context),
            _ => CountAsync(context),
        });
        await app.StartAsync();
        return app;
    }

    private static async Task CountAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        await context.Response.WriteAsync($"{context.Request.Protocol} {body.Length}");
    }

    /// <summary>Reads nothing of the upload.</summary>
    private async Task HangAsync(HttpContext context)
    {
        _arrived.SetResult();
        await EndOf(context);
        _left.SetResult();
    }

    private async Task StreamAsync(HttpContext context)
    {
        await context.Response.WriteAsync("first ");
        await context.Response.Body.FlushAsync();
        if (await Task.WhenAny(_more.Task, EndOf(context)) != _more.Task)
        {
            _left.SetResult();
            return;
        }

        await context.Response.WriteAsync("second");
    }

    private static Task EndOf(HttpContext context)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        context.RequestAborted.Register(end.SetResult);
        return end.Task;
    }
}
