using System.Diagnostics.Metrics;

namespace Gateway.Recording.Metrics;

/// <summary>The meter of this gateway. Several may run in one process (tests do): each counts its own, under a name of its own.</summary>
internal sealed class GatewayMeter : IDisposable
{
    private static int _made;

    public GatewayMeter()
    {
        int number = Interlocked.Increment(ref _made);
        Meter = new Meter(number == 1 ? nameof(Gateway) : $"{nameof(Gateway)}.{number}", typeof(GatewayMeter).Assembly.GetName().Version?.ToString(3));
    }

    public Meter Meter { get; }

    public void Dispose() => Meter.Dispose();
}
