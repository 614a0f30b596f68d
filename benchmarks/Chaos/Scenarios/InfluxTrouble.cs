using System.Globalization;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>An InfluxDB that hangs and dies: callers notice nothing, and every point is accounted for.</summary>
internal sealed class InfluxTrouble : IScenario
{
    private const double Rate = 100;

    public string Rows => "M3";

    public string Fault => "InfluxDB: SIGSTOP, then kill -9 and restart, under load";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        Server upstream = await world.StartSimulatorAsync(stop);
        Server influx = await world.StartInfluxAsync(stop);
        GatewayServer gateway = await world.StartGatewayAsync(upstream, stop, configuration => configuration.AddInflux(influx));
        using var caller = new Caller(gateway);
        TimeSpan length = world.Seconds(6, 1);
        await LoadAsync(caller, "warm", world.Seconds(2, 0.5), stop);
        Tally before = await LoadAsync(caller, "before", length, stop);
        influx.Stop();
        Tally stopped = await LoadAsync(caller, "stopped", length, stop);
        influx.Continue();
        await influx.KillAsync(stop);
        Tally killed = await LoadAsync(caller, "killed", length, stop);
        await influx.StartAsync(stop);

        TimeSpan? delivered = await State.BecomesAsync(async () =>
        {
            Exposition now = await gateway.MetricsAsync(stop);
            return Points(now, "produced") == Points(now, "delivered") + Points(now, "dropped");
        }, TimeSpan.FromSeconds(60), stop);
        Exposition metrics = await gateway.MetricsAsync(stop);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        IReadOnlyList<string> ids = await InfluxQuery.RequestIdsAsync(influx, client, stop);
        int kept = ids.Distinct().Count();

        double worst = Math.Max(stopped.Percentile(0.99), killed.Percentile(0.99)) - before.Percentile(0.99);
        findings.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"{Points(metrics, "produced")} points = {Points(metrics, "delivered")} delivered + {Points(metrics, "dropped")} dropped, {ids.Count - kept} twice; p99 {before.Percentile(0.99):0.0} ms before, {stopped.Percentile(0.99):0.0} stopped, {killed.Percentile(0.99):0.0} killed"));
        foreach (Tally tally in (Tally[])[before, stopped, killed])
            findings.Must(tally.Good == tally.Count, tally.Told);
        findings.Must(delivered is not null, "points are neither delivered nor dropped");
        findings.Must(ids.Count == kept, $"{ids.Count - kept} points twice");
        findings.InTime(worst <= 10, $"p99 rose by {worst:0.0} ms");
        await Ending.HoldsAsync(gateway, findings, stop);
    }

    private static double Points(Exposition metrics, string result) => metrics.Sum("gateway_influxdb_points_total", $"result=\"{result}\"");

    private static Task<Tally> LoadAsync(Caller caller, string name, TimeSpan length, CancellationToken stop) =>
        Crowd.OpenAsync(Rate, length, (number, cancel) => caller.ChatAsync(new ChatCall($"{name}-{number}"), cancel), stop);
}
