using System.Globalization;
using System.Net.Sockets;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>More callers than the process may have files.</summary>
internal sealed class FewDescriptors : IScenario
{
    private const int Limit = 400;
    private const int Crowd = 600;

    public string Rows => "L4";

    public string Fault => "400 descriptors (prlimit), 600 connections";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        Server upstream = await world.StartSimulatorAsync(stop);
        GatewayServer gateway = await world.StartGatewayAsync(upstream, stop, before: ["prlimit", $"--nofile={Limit}:{Limit}"]);
        var crowd = new List<RawCaller>();
        for (int i = 0; i < Crowd; i++)
        {
            try
            {
                crowd.Add(await RawCaller.OpenAsync(gateway.Port(3), stop));
            }
            catch (SocketException)
            {
                // Turned away so fast that it never knew that it was there.
            }
        }

        // Those that came in time are served, the rest are turned away; nobody brings it down.
        Task<string>[] asked = [.. crowd.Select((caller, number) => AskAsync(caller, number, stop))];
        await Task.WhenAny(Task.WhenAll(asked), State.PassAsync(world.Seconds(6, 2), stop));
        int served = asked.Count(static answer => answer.IsCompletedSuccessfully && answer.Result.StartsWith("HTTP/1.1 200", StringComparison.Ordinal));
        int shed = asked.Count(static answer => answer.IsCompletedSuccessfully && answer.Result.StartsWith("HTTP/1.1 5", StringComparison.Ordinal));
        findings.Must(gateway.Server.IsRunning, $"the gateway has ended: {gateway.Server.Tail}");
        crowd.ForEach(static caller => caller.Dispose());

        using var caller = new Caller(gateway);
        TimeSpan? healed = await State.BecomesAsync(
            async () => (await caller.ChatAsync(new ChatCall("again"), stop)).IsWhole, TimeSpan.FromSeconds(20), stop);
        findings.Tell(string.Create(CultureInfo.InvariantCulture, $"{served} of {Crowd} served, {shed} refused, the rest turned away at the door; well again after {healed?.TotalSeconds ?? -1:0.0} s"));
        findings.Must(served > 0, "nobody was served");
        findings.Must(healed is not null, "not well again within 20 s");
        findings.InTime(healed <= TimeSpan.FromSeconds(10), $"well again after {healed?.TotalSeconds:0.0} s");
        await Ending.HoldsAsync(gateway, findings, stop);
    }

    private static async Task<string> AskAsync(RawCaller caller, int number, CancellationToken stop)
    {
        try
        {
            await caller.SendAsync(RawRequests.Chat(new ChatCall($"crowd-{number}")), stop);
            return await caller.ReadAsync(stop);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return "";
        }
    }
}
