using Azure.Core;
using Gateway.Authentication;
using Gateway.Caching;
using Gateway.Configuration;
using Gateway.Errors;
using Gateway.Forwarding;
using Gateway.Listeners;
using Gateway.Management;
using Gateway.Management.Dashboard.Feed;
using Gateway.Management.Instances;
using Gateway.Management.Metrics;
using Gateway.Management.Protection;
using Gateway.Origins;
using Gateway.RateLimiting;
using Gateway.Recording;
using Gateway.Recording.Export;
using Gateway.Recording.Influx;
using Gateway.Recording.Logs;
using Gateway.Recording.Metrics;
using Gateway.Recording.Tracing;
using Gateway.Recording.Usage;
using Gateway.Redis;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tokenization;
using Gateway.Upstreams;
using Gateway.Upstreams.Azure;

namespace Gateway;

/// <summary>The map: what the gateway is made of, and every stage a request passes, in its order.</summary>
internal static class GatewayApp
{
    /// <summary>Builds a gateway that is ready to run.</summary>
    /// <param name="options">The configuration in force, now and after reloads.</param>
    /// <param name="log">Where the log goes; the caller disposes it, after the app.</param>
    /// <param name="customise">Adds or replaces services; later registrations win.</param>
    public static WebApplication Build(OptionsSnapshot options, LogOutput log, Action<IServiceCollection>? customise = null)
    {
        // The empty builder: no files, variables or logging of the framework's own that could contradict the configuration.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var listeners = new ListenerTable(options.Current);
        AddServices(builder.Services, options, log, listeners);
        customise?.Invoke(builder.Services);
        builder.Logging.AddFilter((category, level) => level >= LogPolicy.LeastOf(category, options.Current));
        LogExport.AddTo(builder, options);

        // For the log and the collector alike: an answer that is cut off on purpose looks like a bug of ours to the server.
        builder.Services.AddSingleton<ILoggerFactory>(static services => new CutAnswerFilter(ActivatorUtilities.CreateInstance<LoggerFactory>(services)));
        builder.WebHost
            .UseKestrelCore()
            .UseSockets(static sockets => sockets.MaxReadBufferSize = KestrelListeners.MaxReadAhead)
            .ConfigureKestrel(kestrel => KestrelListeners.Configure(kestrel, options.Current, listeners));

        // The last one that is registered binds the ports.
        builder.Services.AddSingleton(provider => KestrelListeners.Transport(provider, options.Current, listeners));

        // Whoever sends what is left of the telemetry does so when the last request is over, at the same time as the others.
        builder.Services.Configure<HostOptions>(static host => (host.ShutdownTimeout, host.ServicesStopConcurrently) = (TimeSpan.FromSeconds(2), true));

        WebApplication app = builder.Build();
        MapStages(app, options);
        ApplyReloads(app.Services, options);
        return app;
    }

    private static void AddServices(IServiceCollection services, OptionsSnapshot options, LogOutput log, ListenerTable listeners)
    {
        services.AddRoutingCore();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(log);
        services.AddSingleton(log.Writer);
        services.AddSingleton<ILoggerProvider, LogWriterProvider>();
        services.AddSingleton(listeners);
        AddSinks(services);
        services.AddSingleton<RecordingStage>();
        services.AddSingleton<CorsStage>();
        services.AddSingleton<AuthenticationStage>();
        services.AddSingleton<RedisConnection>();
        services.AddHostedService(static provider => provider.GetRequiredService<RedisConnection>());
        services.AddSingleton(provider => new LimitStore(
            provider.GetRequiredService<RedisConnection>(), options, provider.GetRequiredService<TimeProvider>(), LimitStore.Window));
        services.AddSingleton<CallerPrincipal>();
        services.AddSingleton<RequestLimitStage>();
        services.AddSingleton<TokenEstimator>();
        services.AddSingleton<TokenLimitStage>();
        services.AddSingleton<CacheBudget>();
        services.AddSingleton<IAnswerStore>(static provider => provider.GetRequiredService<RedisConnection>().IsConfigured
            ? ActivatorUtilities.CreateInstance<RedisAnswerStore>(provider)
            : ActivatorUtilities.CreateInstance<MemoryAnswerStore>(provider));
        services.AddSingleton<FlightTable>();
        services.AddSingleton<AnswerKeeper>();
        services.AddSingleton<CachingStage>();
        services.AddSingleton<SegmentPool>();
        services.AddSingleton<ReadingStage>();
        services.AddSingleton<TokenCredential>(_ => new EntraCredential(options));
        services.AddSingleton(static provider => new EntraTokens(provider.GetRequiredService<TokenCredential>, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new InstanceTable(
            options.Current, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<EntraTokens>()));
        services.AddSingleton(Schedulers.Create);
        services.AddSingleton<TokenWindows>();
        services.AddSingleton<InstanceGates>();
        services.AddSingleton<AttemptAccount>();
        services.AddSingleton<ForwardingStage>();
        services.AddHostedService<HealthChecker>();
        services.AddSingleton<ErrorsStage>();
        services.AddSingleton<DrainState>();
        services.AddSingleton<DrainStage>();
        services.AddSingleton<TokenBrake>();
        services.AddSingleton<ManagementGuard>();
        services.AddSingleton<InstanceChanges>();
        AddDashboard(services);
        services.AddSingleton<StateSampler>();
        services.AddSingleton<TierMeter>();
        services.AddSingleton<InstanceMeter>();
        services.AddSingleton<StateMeter>();
        services.AddSingleton<MetricsExport>();
        services.AddHostedService(static provider => provider.GetRequiredService<MetricsExport>());
        services.AddHostedService<MemoryReturn>();
        services.AddHostedService<StartupBanner>();
    }

    private static void AddDashboard(IServiceCollection services)
    {
        services.AddSingleton<EventLog>();
        services.AddSingleton<LiveTraffic>();
        services.AddSingleton<IAccessSink>(static provider => provider.GetRequiredService<LiveTraffic>());
        services.AddSingleton<FrameSource>();
        services.AddSingleton<LiveFeed>();
    }

    /// <summary>Who gets the access records. None of them is in a request's way.</summary>
    private static void AddSinks(IServiceCollection services)
    {
        services.AddSingleton<IAccessSink, AccessLog>();
        services.AddSingleton<GatewayMeter>();
        services.AddSingleton<ModelLabel>();
        services.AddSingleton<RequestMeter>();
        services.AddSingleton<IAccessSink>(static provider => provider.GetRequiredService<RequestMeter>());
        services.AddSingleton<RequestTracer>();
        services.AddHostedService<TraceExport>();
        services.AddSingleton<StateClaim>();
        services.AddSingleton<UsageHistory>();
        services.AddSingleton<IAccessSink>(static provider => provider.GetRequiredService<UsageHistory>());
        services.AddHostedService<UsageFile>();
        services.AddHostedService<UsageSharing>();
        services.AddSingleton<UsageLookup>();
        services.AddSingleton<PointFiles>();
        services.AddSingleton<InfluxSink>();
        services.AddSingleton<IAccessSink>(static provider => provider.GetRequiredService<InfluxSink>());
        services.AddHostedService(static provider => provider.GetRequiredService<InfluxSink>());
    }

    /// <summary>Front door to back door. A stage that ends a request returns without calling the next one.</summary>
    private static void MapStages(WebApplication app, OptionsSnapshot options)
    {
        IServiceProvider services = app.Services;

        // Outermost, so that whatever happens inside leaves exactly one record.
        app.Use(services.GetRequiredService<RecordingStage>().InvokeAsync);

        // Next, so that every other stage may just say what is wrong.
        app.Use(services.GetRequiredService<ErrorsStage>().InvokeAsync);

        // Before anything is answered on a connection that may hold a hidden request.
        app.Use(FramingStage.InvokeAsync);

        // Before anybody asks for a key: a browser asks for leave first, and has none to show then.
        app.Use(services.GetRequiredService<CorsStage>().InvokeAsync);

        app.MapWhen(context => ApiRoute.Matches(context, options.Current), api =>
        {
            // A path that tries to leave the API's root must not learn whether a key is good.
            api.Use(PathStage.InvokeAsync);

            // Before the body: nobody without a key makes us read.
            api.Use(services.GetRequiredService<AuthenticationStage>().InvokeAsync);

            // Before anything is counted or read: who comes now is served by another gateway.
            api.Use(services.GetRequiredService<DrainStage>().InvokeAsync);

            // Before the body too: whoever has used up their share costs us as little as can be.
            api.Use(services.GetRequiredService<RequestLimitStage>().InvokeAsync);

            // Whole, before the queue: a request that waits must not hold a half-read connection, and may be sent more than once.
            api.Use(services.GetRequiredService<ReadingStage>().InvokeAsync);

            // Behind the body, which is part of what is asked; before everything that costs: an answer that is there costs nothing.
            api.Use(services.GetRequiredService<CachingStage>().InvokeAsync);

            // Last before the queue: only what will cost tokens takes any.
            api.Use(services.GetRequiredService<TokenLimitStage>().InvokeAsync);

            // The lanes, the upstream call, and the answer's way back.
            api.Run(services.GetRequiredService<ForwardingStage>().InvokeAsync);
        });

        // Everything else is the gateway's own.
        app.UseRouting();

        // Behind the routing, because a route says itself whether it is for everybody; the rest is for whoever runs the gateway.
        app.Use(services.GetRequiredService<ManagementGuard>().InvokeAsync);
        app.MapHealth();
        app.MapManagement();
    }

    /// <summary>
    /// A reload reaches the lanes and the instances here, because their order matters. Others that keep something made from the options listen for
    /// themselves: AuthenticationStage, CacheBudget, ModelLabel, ManagementGuard, InstanceChanges, HealthChecker. The rest read them per request.
    /// </summary>
    private static void ApplyReloads(IServiceProvider services, OptionsSnapshot options)
    {
        var scheduler = services.GetRequiredService<Scheduler>();
        var listeners = services.GetRequiredService<ListenerTable>();
        var instances = services.GetRequiredService<InstanceTable>();
        var gates = services.GetRequiredService<InstanceGates>();
        var windows = services.GetRequiredService<TokenWindows>();
        options.Changed += changed =>
        {
            listeners.Apply(changed);
            scheduler.SetTiers(listeners.Policies);
            instances.Apply(changed);
            Schedulers.ApplyRouting(scheduler, changed, instances);
            gates.Apply();
            windows.Reopen(instances.All);
        };
    }
}
