using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Gateway.Caching;
using Gateway.Configuration;
using Gateway.Recording.Influx;
using Gateway.Recording.Logs;
using Gateway.Recording.Metrics;
using Gateway.Redis;
using Gateway.Requests;

namespace Gateway.Management.Metrics;

/// <summary>What the gateway is at a moment, as far as it is neither of a tier nor of an instance: gauges, and counters that others keep.</summary>
internal sealed class StateMeter
{
    public StateMeter(GatewayMeter gateway, IServiceProvider services)
    {
        Meter meter = gateway.Meter;
        OptionsSnapshot options = services.GetRequiredService<OptionsSnapshot>();
        CacheBudget cache = services.GetRequiredService<CacheBudget>();
        FlightTable flights = services.GetRequiredService<FlightTable>();
        RedisConnection redis = services.GetRequiredService<RedisConnection>();
        LogWriter log = services.GetRequiredService<LogWriter>();
        InfluxSink influx = services.GetRequiredService<InfluxSink>();
        SegmentPool bodies = services.GetRequiredService<SegmentPool>();
        DrainState drain = services.GetRequiredService<DrainState>();
        meter.CreateObservableGauge("gateway.cache.size", () => cache.Held, "By", "Answers kept in this process, and those being fetched.");
        meter.CreateObservableGauge("gateway.cache.flights", () => flights.Count, "{call}", "Calls under way that others may join.");
        meter.CreateObservableGauge("gateway.redis.up", () => Only(redis.IsConfigured, redis.IsAvailable ? 1 : 0), null, "1 while Redis answers.");
        meter.CreateObservableCounter(
            "gateway.redis.failures", () => Only(redis.IsConfigured, redis.Failures), "{call}", "Calls that went on without Redis: out, late, or refused.");
        meter.CreateObservableCounter("gateway.log.dropped", () => log.Dropped, "{line}", "Log lines lost because the output was too slow.");
        meter.CreateObservableCounter(
            "gateway.influxdb.points", () => options.Current.InfluxdbUrl.Length > 0 ? Points(influx) : [], "{point}", "Points for InfluxDB: made, stored, lost.");
        meter.CreateObservableGauge("gateway.buffer.size", () => bodies.Held, "By", "Bodies held in memory.");
        meter.CreateObservableGauge("gateway.buffer.limit", () => options.Current.Limits.BufferedBytes, "By", "The most that bodies may hold.");
        meter.CreateObservableGauge("gateway.spill.size", () => bodies.Spilled, "By", "Uploads in temporary files.");
        meter.CreateObservableGauge("gateway.spill.limit", () => options.Current.Limits.SpilledBytes, "By", "The most that uploads may take of the disk.");
        meter.CreateObservableGauge("gateway.draining", () => drain.IsLeaving ? 1 : 0, null, "1 while the gateway leaves service.");
        meter.CreateObservableGauge("dotnet.thread_pool.threads", static () => ThreadPool.ThreadCount, "{thread}", "Threads of the pool.");
        meter.CreateObservableGauge("dotnet.thread_pool.queue.length", static () => ThreadPool.PendingWorkItemCount, "{work_item}", "Work that waits for a thread of the pool.");
        KeyValuePair<string, object?>[] build = [new("version", ConfigurationCommand.Version()), new("runtime", RuntimeInformation.FrameworkDescription)];
        meter.CreateObservableGauge("gateway.build.info", () => new Measurement<int>(1, build), null, "The version that runs.");
        double started = StartedAt();
        meter.CreateObservableGauge("process.start.time", () => started, "s", "When the process started, in Unix time.");
    }

    private static IEnumerable<Measurement<long>> Only(bool isThere, long value) => isThere ? [new Measurement<long>(value)] : [];

    private static Measurement<long>[] Points(InfluxSink influx) =>
    [
        new(influx.Produced, new KeyValuePair<string, object?>("result", "produced")),
        new(influx.Delivered, new KeyValuePair<string, object?>("result", "delivered")),
        new(influx.Dropped, new KeyValuePair<string, object?>("result", "dropped")),
    ];

    private static double StartedAt()
    {
        using Process process = Process.GetCurrentProcess();
        return new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000.0;
    }
}
