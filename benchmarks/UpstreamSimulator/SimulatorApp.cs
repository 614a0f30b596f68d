using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using UpstreamSimulator.Answering;
using UpstreamSimulator.Connections;
using UpstreamSimulator.Counting;
using UpstreamSimulator.Recording;

namespace UpstreamSimulator;

/// <summary>Starts a simulator: the command line does, and every test that needs an upstream.</summary>
public static class SimulatorApp
{
    private const long MaxBodyBytes = 1L << 30;

    /// <summary>Starts listening on the loopback address. The caller disposes the host.</summary>
    public static async Task<SimulatorHost> StartAsync(SimulatorOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        TimeProvider time = timeProvider ?? TimeProvider.System;
        SimulatorStats stats = new(options, time);
        RequestRecorder recorder = new(options.Record);
        ScriptedAnswers scripts = new();
        RequestHandler handler = new(options, stats, recorder, scripts, new OperationTable(), time);

        // The empty builder: no configuration files, no environment, no logging in the way of a load run.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options.Port));
        // A hanging call would hold the process for the default 30 s.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        WebApplication app = builder.Build();
        SimulatorHost host = new(app, stats, recorder, scripts, handler);
        CancellationToken stopping = app.Lifetime.ApplicationStopping;
        app.UseWebSockets();
        app.Run(context => context.Request.Path.StartsWithSegments("/sim", StringComparison.Ordinal)
            ? ControlRoutes.HandleAsync(context, host)
            : handler.HandleAsync(context, stopping));
        await app.StartAsync();
        return host;
    }

    private static void Configure(KestrelServerOptions kestrel, int port)
    {
        kestrel.Listen(IPAddress.Loopback, port, listen => ((IConnectionBuilder)listen).Use(HeldConnection.Use));
        kestrel.AddServerHeader = false;
        // Headers as received: Latin-1 maps every byte to one character.
        kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
        // The gateway's limits are under test, never the simulator's.
        kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestLineSize = 256 << 10;
        kestrel.Limits.MaxRequestHeadersTotalSize = 1 << 20;
        kestrel.Limits.MaxRequestHeaderCount = 2_000;
        kestrel.Limits.MaxRequestBufferSize = 2 << 20;
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromHours(1);
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromHours(1);
    }
}
