using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>Heads and bodies that come a byte at a time.</summary>
internal sealed partial class SlowCallers : IScenario
{
    private const double Kibibyte = 1024;

    public string Rows => "H4";

    public string Fault => "slowhttptest: 200 slow heads (-H) and 200 slow bodies (-B)";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        int each = world.Pick(200, 20);
        TimeSpan length = world.Seconds(45, 3);
        Server upstream = await world.StartSimulatorAsync(stop);
        GatewayServer gateway = await world.StartGatewayAsync(upstream, stop, static configuration => configuration.Remove("client_api_keys"));
        using var caller = new Caller(gateway);

        await Good(caller, TimeSpan.FromSeconds(2), stop);
        Tally before = await Good(caller, world.Seconds(8, 1), stop);
        long rss = gateway.Server.Meter.ResidentBytes();
        using Process heads = Attack(gateway, "-H", each, length);
        using Process bodies = Attack(gateway, "-B", each, length);
        Task<string> headsTold = heads.StandardOutput.ReadToEndAsync(stop);
        Task<string> bodiesTold = bodies.StandardOutput.ReadToEndAsync(stop);
        Tally during = await Good(caller, length - TimeSpan.FromSeconds(2), stop);
        double perConnection = Math.Max(0, gateway.Server.Meter.ResidentBytes() - rss) / Kibibyte / (2 * each);
        int closed = Closed(await headsTold, each) + Closed(await bodiesTold, each);
        await heads.WaitForExitAsync(stop);
        await bodies.WaitForExitAsync(stop);

        double ratio = during.Percentile(0.99) / before.Percentile(0.99);
        findings.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"{closed} of {2 * each} cut by the gateway; {perConnection:0} KiB each; others' p99 {during.Percentile(0.99):0.0} ms, before {before.Percentile(0.99):0.0} ms"));
        findings.Must(during.Good == during.Count, $"others saw {during.Told}");
        findings.Must(perConnection <= 256, $"{perConnection:0} KiB each");
        findings.InTime(closed >= 2 * each * 0.95, $"only {closed} cut");
        // On so small a figure a shared machine's own swing is larger than the fifth that is allowed.
        findings.InTime(ratio <= 1.2 || during.Percentile(0.99) - before.Percentile(0.99) <= 5, $"others' p99 is {ratio:0.00} times what it was");
        await Ending.HoldsAsync(gateway, findings, stop);
    }

    private static Task<Tally> Good(Caller caller, TimeSpan length, CancellationToken stop) =>
        Crowd.OpenAsync(50, length, (number, cancel) => caller.ChatAsync(new ChatCall($"good-{number}"), cancel), stop);

    /// <summary>slowhttptest spins: two of them take both cores of a small machine, which an attacker would spend of his own. So it gets what nobody else wants.</summary>
    private static Process Attack(GatewayServer gateway, string kind, int connections, TimeSpan length) => Process.Start(
        new ProcessStartInfo("chrt",
        [
            "--idle", "0", "slowhttptest", kind, "-c", Text(connections), "-r", Text(connections), "-i", "10", "-l", Text((int)length.TotalSeconds),
            "-s", "8192", "-t", "POST", "-p", "3", "-u", gateway.At(3, "/v1/chat/completions").AbsoluteUri,
        ])
        {
            RedirectStandardOutput = true,
        })!;

    /// <summary>It ends when none is left, or at its time; then the last of the counts that it prints tells.</summary>
    private static int Closed(string told, int connections)
    {
        if (told.Contains("No open connections left", StringComparison.Ordinal))
            return connections;
        Match? last = ClosedCount().Matches(Colour().Replace(told, "")).LastOrDefault();
        return last is null ? 0 : int.Parse(last.Groups["count"].Value, CultureInfo.InvariantCulture);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"closed:\s+(?<count>\d+)")]
    private static partial Regex ClosedCount();

    [GeneratedRegex(@"\x1b\[[0-9;]*m")]
    private static partial Regex Colour();
}
