using System.Globalization;
using System.Net.Sockets;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>HTTP/2 is off on plain ports: what makes it dangerous finds nobody who speaks it.</summary>
internal sealed class Http2Attacks : IScenario
{
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private const int Frames = 1000;

    public string Rows => "H7";

    public string Fault => "HTTP/2 by prior knowledge and by upgrade: 200 connections of rapid resets, endless CONTINUATION, 1,000 streams each";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        int connections = world.Pick(200, 10);
        Server upstream = await world.StartSimulatorAsync(stop);
        GatewayServer gateway = await world.StartGatewayAsync(upstream, stop);
        using var caller = new Caller(gateway);
        await GoodAsync(caller, TimeSpan.FromSeconds(2), stop);
        Tally before = await GoodAsync(caller, world.Seconds(6, 0.5), stop);
        await SimulatorStats.ResetAsync(upstream, stop);

        Task<Tally> good = GoodAsync(caller, world.Seconds(6, 1), stop);
        int refused = 0;
        foreach (byte[] attack in (byte[][])[RapidReset(), Continuation(), Streams()])
        {
            for (int i = 0; i < connections / 3; i++)
                refused += await IsRefusedAsync(gateway, attack, stop) ? 1 : 0;
        }

        string upgraded = await UpgradeAsync(gateway, stop);
        Tally during = await good;
        SimulatorStats stats = await SimulatorStats.ReadAsync(upstream, stop);
        double ratio = during.Percentile(0.99) / before.Percentile(0.99);
        findings.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"{refused} of {connections / 3 * 3} refused and closed; upgrade answered {upgraded}; others' p99 {during.Percentile(0.99):0.0} ms, before {before.Percentile(0.99):0.0} ms"));
        findings.Must(refused == connections / 3 * 3, "a connection was not refused");
        findings.Must(upgraded == "HTTP/1.1 200 OK", $"upgrade: {upgraded}");
        findings.Must(stats.Started == during.Count, $"{stats.Started} calls upstream for {during.Count} of callers");
        findings.Must(during.Good == during.Count, $"others saw {during.Told}");
        findings.InTime(ratio <= 1.2 || during.Percentile(0.99) - before.Percentile(0.99) <= 5, $"others' p99 is {ratio:0.00} times what it was");
        await Ending.HoldsAsync(gateway, findings, stop);
    }

    private static Task<Tally> GoodAsync(Caller caller, TimeSpan length, CancellationToken stop) =>
        Crowd.OpenAsync(50, length, (number, cancel) => caller.ChatAsync(new ChatCall($"good-{number}"), cancel), stop);

    /// <summary>Is it closed, with nothing said in HTTP/2?</summary>
    private static async Task<bool> IsRefusedAsync(GatewayServer gateway, byte[] attack, CancellationToken stop)
    {
        using RawCaller raw = await RawCaller.OpenAsync(gateway.Port(1), stop);
        try
        {
            await raw.SendAsync(Preface, stop);
            await raw.SendAsync(attack, stop);
        }
        catch (SocketException)
        {
        }

        string answer = await raw.ReadToEndAsync(stop);

        // Kestrel's 400 in HTTP/1.1, of which a reset may have swallowed everything, or its GOAWAY for HTTP/1.1 being required.
        return answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal) || IsGoAway(answer);
    }

    private static bool IsGoAway(string answer) => answer.Length >= 9 && answer.Contains((char)7) && answer.Length < 64;

    /// <summary>Whoever asks to go on in HTTP/2 is answered in HTTP/1.1.</summary>
    private static async Task<string> UpgradeAsync(GatewayServer gateway, CancellationToken stop)
    {
        using RawCaller raw = await RawCaller.OpenAsync(gateway.Port(1), stop);
        await raw.SendAsync("GET /health HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", stop);
        return (await raw.ReadAsync(stop)).Split("\r\n")[0];
    }

    private static byte[] Frame(byte type, byte flags, int stream, params byte[] payload) =>
    [
        (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags,
        (byte)(stream >> 24), (byte)(stream >> 16), (byte)(stream >> 8), (byte)stream, .. payload,
    ];

    /// <summary>":method: GET", ":path: /", ":scheme: http" from the static table.</summary>
    private static readonly byte[] Get = [0x82, 0x84, 0x86];

    private static byte[] RapidReset() =>
        [.. Frame(4, 0, 0), .. Enumerable.Range(0, Frames).SelectMany(static i => (byte[])[.. Frame(1, 5, (2 * i) + 1, Get), .. Frame(3, 0, (2 * i) + 1, 0, 0, 0, 8)])];

    private static byte[] Continuation() =>
        [.. Frame(4, 0, 0), .. Frame(1, 1, 1, Get), .. Enumerable.Range(0, Frames).SelectMany(static _ => Frame(9, 0, 1, new byte[64]))];

    private static byte[] Streams() => [.. Frame(4, 0, 0), .. Enumerable.Range(0, Frames).SelectMany(static i => Frame(1, 4, (2 * i) + 1, Get))];
}
