using System.Globalization;
using System.Net.Sockets;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Scenarios;

/// <summary>A fast upstream, and callers that read a kilobyte a second, or nothing at all.</summary>
internal sealed class SlowReaders : IScenario
{
    private const double Kibibyte = 1024;

    /// <summary>More than every buffer on the way can hold.</summary>
    private const int Tokens = 400_000;

    public string Rows => "H4";

    public string Fault => "callers of an endless fast stream that read 1 kB/s, or nothing";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        int each = world.Pick(200, 5);
        Server upstream = await world.StartSimulatorAsync(stop);
        GatewayServer gateway = await world.StartGatewayAsync(upstream, stop, static configuration => configuration.SetSlots(500));
        using var caller = new Caller(gateway);
        await Crowd.ClosedAsync(32, world.Seconds(4, 0.5), (number, cancel) => caller.ChatAsync(new ChatCall($"warm-{number}") { IsStream = true, Tokens = 100 }, cancel), stop);
        await FullCollection.InduceAsync(gateway.Server.Id, stop);
        long rss = gateway.Server.Meter.ResidentBytes();

        RawCaller[] dead = await OpenAsync(gateway, "dead", each, stop);
        RawCaller[] slow = await OpenAsync(gateway, "slow", each, stop);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task<int>[] readers = [.. slow.Select(reader => DripAsync(reader, reading.Token))];
        await State.BecomesAsync(async () => (await SimulatorStats.ReadAsync(upstream, stop)).Live >= each, TimeSpan.FromSeconds(10), stop);

        Tally during = await Crowd.OpenAsync(20, world.Seconds(12, 2), (number, cancel) => caller.ChatAsync(new ChatCall($"good-{number}"), cancel), stop);
        double perConnection = Math.Max(0, gateway.Server.Meter.ResidentBytes() - rss) / Kibibyte / (2 * each);
        long told = (await SimulatorStats.ReadAsync(upstream, stop)).TokensOut / (2 * each);
        int stillFed = readers.Count(static reader => !reader.IsCompleted);

        findings.Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"{each} that read nothing, {stillFed} of {each} slow ones served on; {perConnection:0} KiB each; upstream held back after {told} tokens of {Tokens}"));
        findings.Must(during.Good == during.Count, $"others saw {during.Told}");
        // A few of them tell little of the cost of each, but whether anything holds the upstream back.
        findings.Must(perConnection <= world.Pick(256, 4096), $"{perConnection:0} KiB each");
        findings.Must(told < Tokens / 4, $"the upstream was not held back: {told} tokens each");

        // Who reads nothing is cut when what waits for it could have been sent at 240 bytes a second: minutes, in which it may cost no more than this.
        findings.Must(stillFed == each, $"{each - stillFed} of those who read 1 kB/s were cut");
        await reading.CancelAsync();
        await Task.WhenAll(readers);
        Array.ForEach([.. dead, .. slow], static reader => reader.Dispose());
        await Ending.HoldsAsync(gateway, findings, stop);
    }

    private static async Task<RawCaller[]> OpenAsync(GatewayServer gateway, string name, int count, CancellationToken stop)
    {
        var readers = new List<RawCaller>();
        for (int i = 0; i < count; i++)
        {
            readers.Add(await RawCaller.OpenAsync(gateway.Port(3), stop, receiveBuffer: 4096));
            await readers[^1].SendAsync(RawRequests.Chat(new ChatCall($"{name}-{i}") { IsStream = true, Tokens = Tokens }), stop);
        }

        return [.. readers];
    }

    /// <summary>A kilobyte a second, until it is told to stop or cut off.</summary>
    private static async Task<int> DripAsync(RawCaller reader, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
        int read = 0;
        try
        {
            while (await reader.ReadAsync(stop, most: 1024) is { Length: > 0 } part)
            {
                read += part.Length;
                await timer.WaitForNextTickAsync(stop);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
        }

        return read;
    }
}
