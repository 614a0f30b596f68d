using System.Globalization;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Soak;

/// <summary>What a gateway holds while nobody calls, when it has given back what it can; its heap after a collection of all garbage.</summary>
internal sealed record Sample(double ResidentMb, double HeapMb, int Descriptors, int Threads, int Timers, long RedisKeys)
{
    private const double Mebibyte = 1 << 20;

    public static async Task<Sample> TakeAsync(GatewayServer gateway, Server redis, CancellationToken stop)
    {
        // Before the collection: the session that induces it takes memory in the process.
        double resident = gateway.Server.Meter.ResidentBytes() / Mebibyte;
        await FullCollection.InduceAsync(gateway.Server.Id, stop);
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
