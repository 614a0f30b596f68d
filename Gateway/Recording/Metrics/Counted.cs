using System.Diagnostics.Metrics;

namespace Gateway.Recording.Metrics;

/// <summary>One series of a counter: its labels, and how far it has come.</summary>
internal sealed class Counted(KeyValuePair<string, object?>[] labels)
{
    private long _value;

    public void Add(long amount) => Interlocked.Add(ref _value, amount);

    public Measurement<long> Read() => new(Volatile.Read(ref _value), labels);

    public Measurement<double> ReadSeconds() => new(TimeSpan.FromTicks(Volatile.Read(ref _value)).TotalSeconds, labels);
}
