using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests;

/// <summary>A bug beside the requests costs one round, not the gateway.</summary>
[Trait("row", "M4")]
public class BackgroundLoopTests
{
    [Fact]
    public async Task Run_Throws_IsToldAndBeginsAnewAndTheGatewayServesOn()
    {
        Faulty? loop = null;
        Rig rig = await Rig.StartAsync(customise: services => services.AddHostedService(provider =>
            loop = new Faulty(provider.GetRequiredService<ILogger<Faulty>>())));
        await using (rig)
        {
            await loop!.Again.Soon();
            using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "n").Soon();

            Assert.True(answer.IsSuccessStatusCode);
            Assert.False(rig.Gateway.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        }

        string line = Assert.Single(rig.Gateway.Log().Split('\n'), static line => line.Contains("\"event_id\":1100", StringComparison.Ordinal));
        Assert.Contains("Faulty met a bug, and begins anew", line, StringComparison.Ordinal);
        Assert.Contains("only once", line, StringComparison.Ordinal);
    }

    /// <summary>Every loop of the gateway's is one of these.</summary>
    [Fact]
    public async Task Services_OfTheGatewayThatRunInTheBackground_AreAllGuarded()
    {
        await using Rig rig = await Rig.StartAsync();

        BackgroundService[] loops = [.. rig.Gateway.Services.GetServices<IHostedService>().OfType<BackgroundService>()];

        Assert.True(loops.Length >= 5);
        Assert.All(loops, static loop => Assert.IsAssignableFrom<BackgroundLoop>(loop));
    }

    /// <summary>As when the program could not start: the host would report a cancellation for a crash.</summary>
    [Fact]
    public async Task Dispose_WithoutAStop_EndsInOrder()
    {
        using var loop = new Faulty(Microsoft.Extensions.Logging.Abstractions.NullLogger<Faulty>.Instance);
        await loop.StartAsync(Rig.Cancel);
        await loop.Again.Soon();

        loop.Dispose();

        await loop.ExecuteTask!.Soon();
        Assert.True(loop.ExecuteTask!.IsCompletedSuccessfully);
    }

    private sealed class Faulty(ILogger<Faulty> logger) : BackgroundLoop(TimeProvider.System, logger)
    {
        private readonly TaskCompletionSource _again = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _hasThrown;

        public Task Again => _again.Task;

        protected override Task RunAsync(CancellationToken stopping)
        {
            if (!_hasThrown)
            {
                _hasThrown = true;
                throw new InvalidOperationException("only once");
            }

            _again.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
        }
    }
}
