using System.Globalization;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Soak;

/// <summary>
/// What a gateway holds while nobody calls, when it has collected all garbage and given back what it can, by itself. Nothing is asked of it for that: a
/// session of events that would make it collect takes memory in the process, each time.
/// </summary>
internal sealed record Sample(double ResidentMb, double HeapMb, int Descriptors, int Threads, int Timers, long RedisKeys)
{
    private const double Mebibyte = 1 << 20;

    public static async Task<Sample> TakeAsync(GatewayServer gateway, Server redis, CancellationToken stop)
    {
        double resident = gateway.Server.Meter.ResidentBytes() / Mebibyte;
        Exposition metrics = await gateway.MetricsAsync(stop);
        string folder = $"/proc/{gateway.Server.Id.ToString(CultureInfo.InvariantCulture)}";
        return new Sample(
            resident,
            metrics.Sum("dotnet_gc_last_collection_heap_size_bytes") / Mebibyte,
            Directory.EnumerateFileSystemEntries(folder + "/fd").Count(),
            Directory.EnumerateDirectories(folder + "/task").Count(),
            (int)metrics.Sum("dotnet_timers"),
            await RedisQuery.KeysAsync(redis, stop));
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"resident {ResidentMb:0.0} MB, heap {HeapMb:0.0} MB, descriptors {Descriptors}, threads {Threads}, timers {Timers}, redis keys {RedisKeys}");
}
