using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Recording.Logs;
using Gateway.Scheduling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Support;

/// <summary>A real gateway on real loopback ports, in this process: the app as shipped, plus a sink that keeps the access records.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly LogOutput _log;
    private readonly MemoryStream _logged;
    private readonly Uri[] _addresses;

    private GatewayHost(WebApplication app, OptionsSnapshot options, RecordKeeper records, LogOutput log, MemoryStream logged)
    {
        _app = app;
        _log = log;
        _logged = logged;
        Options = options;
        Records = records;
        _addresses = [.. app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses
            .Select(static address => new Uri(address))];
    }

    public OptionsSnapshot Options { get; }

    public RecordKeeper Records { get; }

    public IServiceProvider Services => _app.Services;

    public Scheduler Scheduler => _app.Services.GetRequiredService<Scheduler>();

    /// <summary>
    /// Three tiers in front of one upstream, as in the sample configuration, on ports that the system picks. Nothing is retried, checked,
    /// cached or ejected: a test that is about that says so.
    /// </summary>
    public static GatewayOptions ThreeTiers(Uri upstream, int slots) => new()
    {
        Endpoints =
        [
            new EndpointOptions { Port = 0, Priority = 1, Preemptive = true, Name = "urgent" },
            new EndpointOptions { Port = 0, Priority = 2, Preemptive = true, Name = "normal" },
            new EndpointOptions { Port = 0, Priority = 3, Preemptive = false, Name = "batch" },
        ],
        Instances = [Instance(upstream, slots)],
        Retries = new RetryOptions { MaxRetries = 0 },
        Health = new HealthOptions { Active = false, MinimumCalls = 100_000 },
        Cache = new CacheOptions { Enabled = false },
    };

    public static InstanceOptions Instance(Uri upstream, int slots, string name = "default") =>
        new() { Name = name, ApiBase = new Uri(upstream, "/v1"), MaxConcurrency = slots };

    /// <param name="options">The configuration.</param>
    /// <param name="customise">Replaces services.</param>
    /// <param name="isTerminal">The log is for a person, not JSON.</param>
    public static async Task<GatewayHost> StartAsync(GatewayOptions options, Action<IServiceCollection>? customise = null, bool isTerminal = false)
    {
        // Tests of usage name a file; no other is to leave one, or to find what another test has left.
        var snapshot = new OptionsSnapshot(options.StateFile == new GatewayOptions { Endpoints = [], Instances = [] }.StateFile ? options with { StateFile = "" } : options);
        var records = new RecordKeeper();
        var logged = new MemoryStream();
        var log = new LogOutput(logged, isTerminal, useColour: false, TimeProvider.System);
        WebApplication app = GatewayApp.Build(snapshot, log, services =>
        {
            services.AddSingleton<IAccessSink>(records);
            customise?.Invoke(services);
        });
        await app.StartAsync();
        return new GatewayHost(app, snapshot, records, log, logged);
    }

    /// <summary>Address of the listener with this index in the configuration.</summary>
    public Uri Address(int listener) => _addresses[listener];

    /// <summary>Everything logged so far. Call once the app is disposed to have all of it.</summary>
    public string Log() => Encoding.UTF8.GetString(_logged.ToArray());

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
        await _log.DisposeAsync();
    }
}
