using System.Net;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>Ready means every port: the first one answers before the last is open.</summary>
[Trait("row", "L1")]
public class ReadinessTests
{
    [Fact]
    public async Task Ready_BeforeTheStartIsOver_IsNot()
    {
        Watcher? watcher = null;
        await using Rig rig = await Rig.StartAsync(customise: services => services.AddHostedService(provider => watcher = new Watcher(provider)));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (watcher!.Ready, watcher.Alive));
        Assert.Contains("\"starting\"", watcher.Said, StringComparison.Ordinal);
        using HttpResponseMessage after = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    /// <summary>Asks between the opening of the ports and the end of the start.</summary>
    private sealed class Watcher(IServiceProvider services) : IHostedLifecycleService
    {
        public HttpStatusCode Ready { get; private set; }

        public HttpStatusCode Alive { get; private set; }

        public string Said { get; private set; } = "";

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StartedAsync(CancellationToken cancellationToken)
        {
            var port = new Uri(services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
            using HttpClient client = Rig.NewClient();
            using HttpResponseMessage ready = await client.GetAsync(new Uri(port, "/health/ready"), cancellationToken);
            using HttpResponseMessage alive = await client.GetAsync(new Uri(port, "/health"), cancellationToken);
            (Ready, Alive, Said) = (ready.StatusCode, alive.StatusCode, await ready.Content.ReadAsStringAsync(cancellationToken));
        }

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
