using System.Globalization;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>A minute in which an InfluxDB hangs, is not there, fails or is full, each below a gateway of its own, all at the same time.</summary>
internal sealed class InfluxOutages : IScenario
{
    /// <summary>Calls a second on each gateway: in a minute fewer points than may wait, so that none may be lost.</summary>
    private const double Rate = 100;

    private const int DiskBytes = 16 << 20;
    private const double Mebibyte = 1024 * 1024;
    private const double MaxGrowth = 48 * Mebibyte;

    private static readonly TimeSpan DeliveryLimit = TimeSpan.FromSeconds(60);

    public string Rows => "M3";

    public string Fault => "InfluxDB hangs, is gone, answers 500, has a full disk: a minute each, at once, under load";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        Server upstream = await world.StartSimulatorAsync(stop);
        await using RefusingInflux refusing = await world.StartRefusingInfluxAsync(stop);
        List<Outage> outages =
        [
            await ServerOutageAsync(world, upstream, "hung", static (influx, _) => Run(influx.Stop), static (influx, _) => Run(influx.Continue), stop),
            await ServerOutageAsync(world, upstream, "gone", static (influx, cancel) => influx.KillAsync(cancel), static (influx, cancel) => influx.StartAsync(cancel), stop),
            new Outage(
                "500", await world.StartGatewayAsync(upstream, stop, configuration => configuration.AddInflux(refusing.Port)),
                () => Run(() => refusing.Refuses = true), () => Run(() => refusing.Refuses = false), () => Task.FromResult(refusing.Ids)),
        ];
        if (world.IsFull)
        {
            SmallDisk disk = await world.MountAsync(DiskBytes, stop);
            outages.Add(await ServerOutageAsync(world, upstream, "full", (_, cancel) => disk.FillAsync(cancel), (influx, cancel) => FreeAsync(disk, influx, cancel), stop, disk));
        }

        await Task.WhenAll(outages.Select(outage => LoadAsync(outage, "warm", world.Seconds(8, 0.5), stop)));
        Tally[] before = await Task.WhenAll(outages.Select(outage => LoadAsync(outage, "before", world.Seconds(8, 0.5), stop)));
        long[] memory = [.. outages.Select(static outage => outage.Gateway.Server.Meter.ResidentBytes())];
        foreach (Outage outage in outages)
            await outage.Begin();
        Tally[] during = await Task.WhenAll(outages.Select(outage => LoadAsync(outage, "during", world.Seconds(60, 2), stop)));
        long[] grown = [.. outages.Select((outage, index) => outage.Gateway.Server.Meter.ResidentBytes() - memory[index])];
        foreach (Outage outage in outages)
            await outage.End();

        for (int i = 0; i < outages.Count; i++)
            await JudgeAsync(outages[i], before[i], during[i], grown[i], findings, stop);
    }

    private static async Task JudgeAsync(Outage outage, Tally before, Tally during, long grown, Findings findings, CancellationToken stop)
    {
        TimeSpan? settled = await State.BecomesAsync(async () =>
        {
            Exposition now = await outage.Gateway.MetricsAsync(stop);
            return Points(now, "produced") == Points(now, "delivered") + Points(now, "dropped");
        }, DeliveryLimit, stop);
        Exposition metrics = await outage.Gateway.MetricsAsync(stop);
        IReadOnlyList<string> ids = await outage.Stored();
        int kept = ids.Distinct().Count();
        double later = during.Percentile(0.99) - before.Percentile(0.99);
        findings.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"{outage.Name}: {Points(metrics, "delivered")} delivered, {Points(metrics, "dropped")} dropped, {ids.Count - kept} twice, p99 {before.Percentile(0.99):0.0} then {during.Percentile(0.99):0.0} ms, {grown / Mebibyte:0} MB more"));
        findings.Must(before.Good == before.Count && during.Good == during.Count, $"{outage.Name}: {during.Told}");
        findings.Must(settled is not null, $"{outage.Name}: points are neither delivered nor dropped");
        findings.Must(Points(metrics, "dropped") == 0, $"{outage.Name}: {Points(metrics, "dropped")} points dropped, and there was room for all");
        findings.Must(kept >= before.Count + during.Count, $"{outage.Name}: {kept} points stored of {before.Count + during.Count} calls and more");
        findings.Must(grown <= MaxGrowth, $"{outage.Name}: memory grew by {grown / Mebibyte:0} MB");
        findings.InTime(later <= 10, $"{outage.Name}: p99 rose by {later:0.0} ms");
        await Ending.HoldsAsync(outage.Gateway, findings, stop);
    }

    private static async Task<Outage> ServerOutageAsync(
        World world, Server upstream, string name, Func<Server, CancellationToken, Task> begin, Func<Server, CancellationToken, Task> end, CancellationToken stop, SmallDisk? disk = null)
    {
        Server influx = await world.StartInfluxAsync(stop, disk);
        GatewayServer gateway = await world.StartGatewayAsync(upstream, stop, configuration => configuration.AddInflux(influx));
        return new Outage(name, gateway, () => begin(influx, stop), () => end(influx, stop), async () =>
        {
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
            return await InfluxQuery.RequestIdsAsync(influx, client, stop);
        });
    }

    /// <summary>Debian's InfluxDB stays with its error until it is started again.</summary>
    private static async Task FreeAsync(SmallDisk disk, Server influx, CancellationToken stop)
    {
        disk.Free();
        await influx.KillAsync(stop);
        await influx.StartAsync(stop);
    }

    private static Task Run(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    private static double Points(Exposition metrics, string result) => metrics.Sum("gateway_influxdb_points_total", $"result=\"{result}\"");

    private static async Task<Tally> LoadAsync(Outage outage, string name, TimeSpan length, CancellationToken stop)
    {
        using var caller = new Caller(outage.Gateway);
        return await Crowd.OpenAsync(Rate, length, (number, cancel) => caller.ChatAsync(new ChatCall($"{name}-{number}"), cancel), stop);
    }

    /// <summary>One way in which an InfluxDB can be out.</summary>
    private sealed record Outage(string Name, GatewayServer Gateway, Func<Task> Begin, Func<Task> End, Func<Task<IReadOnlyList<string>>> Stored);
}
