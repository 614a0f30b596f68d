using System.Globalization;
using System.Text.Json.Nodes;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>More bodies than memory is set aside for.</summary>
internal sealed class LargeBodies : IScenario
{
    private const double Mebibyte = 1 << 20;
    private const int Budget = 256;

    public string Rows => "H5";

    public string Fault => "200 bodies of 30 MB at once into 256 MB; too long, without length, compressed, without key";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        int bodies = world.Pick(200, 30);
        Server upstream = await world.StartSimulatorAsync(stop);
        GatewayServer gateway = await world.StartGatewayAsync(
            upstream, stop, static configuration => configuration["limits"] = new JsonObject { ["buffered_bytes"] = "256MiB" });
        using var caller = new Caller(gateway);
        await Crowd.ClosedAsync(4, world.Seconds(2, 0.5), (number, cancel) => caller.ChatAsync(new ChatCall($"warm-{number}"), cancel), stop);
        await RefusedEarlyAsync(gateway, findings, stop);

        await FullCollection.InduceAsync(gateway.Server.Id, stop);
        long before = gateway.Server.Meter.ResidentBytes();
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task<long> peak = PeakAsync(gateway, watching.Token);
        Task<string>[] storm = [.. Enumerable.Range(0, bodies).Select(number => PostAsync(gateway, number, stop))];
        string[] answers = await Task.WhenAll(storm);
        await watching.CancelAsync();
        double grown = (await peak - before) / Mebibyte;

        string told = string.Join(", ", answers.CountBy(static status => status).OrderBy(static pair => pair.Key).Select(static pair => $"{pair.Value} x {pair.Key}"));
        findings.Tell(string.Create(CultureInfo.InvariantCulture, $"{told}; memory grew by at most {grown:0} MB of {Budget} allowed"));
        findings.Must(answers.All(static status => status is "200" or "503" or "cut"), told);
        findings.Must(answers.Contains("200"), "none was served");
        // A tenth, and what 200 connections, the upstream's side and the answers take.
        findings.Must(grown <= (Budget * 1.1) + 64, $"memory grew by {grown:0} MB");
        await Ending.HoldsAsync(gateway, findings, stop);
    }

    /// <summary>None of these has its body read.</summary>
    private static async Task RefusedEarlyAsync(GatewayServer gateway, Findings findings, CancellationToken stop)
    {
        string head = RawRequests.Head("POST /v1/chat/completions", 40_000_000);
        await OneAsync("413", head);
        await OneAsync("401", head.Replace(Canaries.Client, "nobody", StringComparison.Ordinal));
        await OneAsync("415", RawRequests.Head("POST /v1/chat/completions", 1000, "Content-Encoding: gzip\r\n"));
        string endless = head.Replace("Content-Length: 40000000", "Transfer-Encoding: chunked", StringComparison.Ordinal);
        await OneAsync("413", endless, endlessChunks: true);

        async Task OneAsync(string status, string text, bool endlessChunks = false)
        {
            using RawCaller raw = await RawCaller.OpenAsync(gateway.Port(3), stop);
            await raw.SendAsync(text, stop);
            if (endlessChunks)
                await FeedAsync(raw, stop);
            string answer = await raw.ReadAsync(stop);
            findings.Must(answer.StartsWith($"HTTP/1.1 {status}", StringComparison.Ordinal), $"not {status} but {answer.Split('\r')[0]}");
        }
    }

    private static async Task FeedAsync(RawCaller raw, CancellationToken stop)
    {
        string chunk = "100000\r\n" + new string(' ', 0x100000) + "\r\n";
        try
        {
            for (int i = 0; i < 40; i++)
                await raw.SendAsync(chunk, stop);
        }
        catch (System.Net.Sockets.SocketException)
        {
        }
    }

    private static async Task<string> PostAsync(GatewayServer gateway, int number, CancellationToken stop)
    {
        using var caller = new Caller(gateway);
        Reply reply = await caller.ChatAsync(new ChatCall($"large-{number}") { PromptLength = 30_000_000, Tier = 3 }, stop);
        return reply.Status == 0 ? "cut" : reply.Status.ToString(CultureInfo.InvariantCulture);
    }

    private static async Task<long> PeakAsync(GatewayServer gateway, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        long peak = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                peak = Math.Max(peak, gateway.Server.Meter.ResidentBytes());
        }
        catch (OperationCanceledException)
        {
        }

        return peak;
    }
}
