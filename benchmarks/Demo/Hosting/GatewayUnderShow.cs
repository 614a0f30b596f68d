using Demo.Scripting;
using Gateway;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Recording.Logs;
using Gateway.Scheduling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using UpstreamSimulator;

namespace Demo.Hosting;

/// <summary>The gateway as shipped and a simulated model server behind it, both in this process, on loopback ports that the system picks.</summary>
internal sealed class GatewayUnderShow : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly LogOutput _log;
    private readonly Uri[] _ports;

    private GatewayUnderShow(SimulatorHost simulator, WebApplication app, LogOutput log, AccessRecords records)
    {
        _app = app;
        _log = log;
        Simulator = simulator;
        Records = records;
        _ports = [.. app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses
            .Select(static address => new Uri(address))];
    }

    public SimulatorHost Simulator { get; }

    public AccessRecords Records { get; }

    public Scheduler Scheduler => _app.Services.GetRequiredService<Scheduler>();

    public static async Task<GatewayUnderShow> StartAsync(int slots, TimeProvider time)
    {
        SimulatorHost simulator = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 }, time);

        // The gateway's log would write into the picture.
        var log = new LogOutput(Stream.Null, isTerminal: false, useColour: false, time);
        var records = new AccessRecords(Screenplay.Requests.Count);
        WebApplication app = GatewayApp.Build(
            new OptionsSnapshot(Options(simulator.BaseAddress, slots)), log, services => services.AddSingleton<IAccessSink>(records));
        await app.StartAsync();
        return new GatewayUnderShow(simulator, app, log, records);
    }

    public Uri Port(Tier tier) => _ports[(int)tier];

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
        await _log.DisposeAsync();
        await Simulator.DisposeAsync();
    }

    private static GatewayOptions Options(Uri upstream, int slots) => new()
    {
        Endpoints =
        [
            new EndpointOptions { Port = 0, Priority = 1, Preemptive = true, Name = "urgent" },
            new EndpointOptions { Port = 0, Priority = 2, Preemptive = true, Name = "normal" },
            new EndpointOptions { Port = 0, Priority = 3, Preemptive = false, Name = "batch" },
        ],
        Instances = [new InstanceOptions { Name = "simulator", ApiBase = new Uri(upstream, "/v1"), MaxConcurrency = slots }],
    };
}
