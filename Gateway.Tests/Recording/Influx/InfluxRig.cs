using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Recording.Influx;
using Gateway.Recording.Metrics;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Recording.Influx;

/// <summary>A sink of its own, with points to write, and a clock that the test may move.</summary>
internal sealed class InfluxRig : IDisposable
{
    public InfluxRig(Uri? url, TimeProvider? time = null, ILogger<InfluxSink>? logger = null)
    {
        GatewayOptions options = ConfigurationFolder.LoadJson("{}").Options! with { InfluxdbUrl = url?.AbsoluteUri ?? "", InfluxToken = "t0ken" };
        var snapshot = new OptionsSnapshot(options);
        Sink = new InfluxSink(snapshot, new ModelLabel(snapshot), time ?? TimeProvider.System, logger ?? NullLogger<InfluxSink>.Instance);
    }

    public InfluxSink Sink { get; }

    /// <summary>With the clock running on.</summary>
    public static Task AdvanceUntilAsync(ManualTimeProvider time, Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        time.Advance(TimeSpan.FromMilliseconds(500));
        return condition();
    });

    /// <summary>Points of requests r0, r1 and so on.</summary>
    public void Write(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Sink.Write(new AccessRecord
            {
                RequestId = $"r{i}",
                StartedAt = DateTimeOffset.UnixEpoch,
                Started = 0,
                Listener = "x",
                Priority = 1,
                Method = "GET",
                Path = "/",
            });
        }
    }

    /// <summary>With the clock running on, where it is the test's.</summary>
    public async Task StopAsync(ManualTimeProvider? time = null)
    {
        Task stopping = Sink.StoppedAsync(CancellationToken.None);
        if (time is not null)
        {
            await AdvanceUntilAsync(time, () => stopping.IsCompleted);
        }

        await stopping.Soon();
    }

    public void Dispose() => Sink.Dispose();
}
