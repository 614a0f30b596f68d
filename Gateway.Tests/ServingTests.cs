using Gateway.Configuration;
using Gateway.Recording.Logs;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Gateway.Tests;

public class ServingTests
{
    /// <summary>As by a signal that comes before the last port is open.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("row", "L1")]
    public async Task RunAsync_ToldToStopWhileItStarts_EndsLikeAnyOther(bool isOpening)
    {
        var options = new OptionsSnapshot(GatewayHost.ThreeTiers(new Uri("http://127.0.0.1:9"), 1) with { StateFile = "" });
        await using var log = new LogOutput(new MemoryStream(), isTerminal: false, useColour: false, TimeProvider.System);
        await using WebApplication app = GatewayApp.Build(options, log, services =>
        {
            if (isOpening)
            {
                services.AddHostedService<Signal>();
            }
            else
            {
                services.AddSingleton<IHostLifetime, Signal>();
            }
        });
        var error = new StringWriter();

        Assert.Equal(0, await Serving.RunAsync(app, options.Current, error).Soon());
        Assert.Empty(error.ToString());
    }

    private sealed class Signal(IHostApplicationLifetime app) : IHostLifetime, IHostedService
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => StartAsync(cancellationToken);

        public Task StartAsync(CancellationToken cancellationToken)
        {
            app.StopApplication();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
