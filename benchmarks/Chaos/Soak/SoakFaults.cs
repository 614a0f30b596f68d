using System.Globalization;
using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Soak;

/// <summary>One fault a minute, one after the other, over again.</summary>
internal sealed class SoakFaults(GatewayServer gateway, Server upstream, Server redis, Server influx)
{
    /// <summary>After so many minutes they come again.</summary>
    public const int Kinds = 10;

    private const int Hangup = 1;
    private const int Crowd = 200;
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(6);

    /// <summary>Makes the fault, lets it last, and undoes it; returns its name.</summary>
    public async Task<string> MakeAsync(int minute, CancellationToken stop)
    {
        switch (minute % Kinds)
        {
            case 0:
                await StoppedAsync(redis, stop);
                return "redis stopped for 6 s";
            case 1:
                await KilledAsync(upstream, stop);
                return "upstream killed, back after 6 s";
            case 2:
                await KilledAsync(influx, stop);
                return "influx killed, back after 6 s";
            case 3:
                await SlowReadersAsync(stop);
                return "200 callers that do not read, for 6 s";
            case 4:
                await KilledAsync(redis, stop);
                return "redis killed, back empty after 6 s";
            case 5:
                await StoppedAsync(influx, stop);
                return "influx stopped for 6 s";
            case 6:
                await ReloadsAsync(stop);
                return "50 reloads";
            case 7:
                await BodiesAsync(stop);
                return "60 bodies of 5 MB at once";
            case 8:
                await StoppedAsync(upstream, stop);
                return "upstream stopped for 6 s";
            default:
                await ResetsAsync(stop);
                return "200 uploads reset half way";
        }
    }

    private static async Task StoppedAsync(Server server, CancellationToken stop)
    {
        server.Stop();
        try
        {
            await State.PassAsync(Away, stop);
        }
        finally
        {
            server.Continue();
        }
    }

    private static async Task KilledAsync(Server server, CancellationToken stop)
    {
        await server.KillAsync(stop);
        await State.PassAsync(Away, stop);
        await server.StartAsync(stop);
    }

    private async Task SlowReadersAsync(CancellationToken stop)
    {
        var readers = new List<RawCaller>();
        for (int i = 0; i < Crowd; i++)
        {
            readers.Add(await RawCaller.OpenAsync(gateway.Port(3), stop, receiveBuffer: 4096));
            await readers[^1].SendAsync(RawRequests.Chat(new ChatCall($"slow-{i}") { IsStream = true, Tokens = 400, Pace = 200 }), stop);
        }

        await State.PassAsync(Away, stop);
        readers.ForEach(static reader => reader.Dispose());
    }

    private async Task ReloadsAsync(CancellationToken stop)
    {
        string configuration = await File.ReadAllTextAsync(gateway.ConfigFile, stop);
        for (int i = 0; i < 50; i++)
        {
            await File.WriteAllTextAsync(gateway.ConfigFile, configuration + new string('\n', i + 1), stop);
            gateway.Server.Signal(Hangup);
            await State.PassAsync(TimeSpan.FromMilliseconds(100), stop);
        }

        await File.WriteAllTextAsync(gateway.ConfigFile, configuration, stop);
    }

    private async Task BodiesAsync(CancellationToken stop)
    {
        using var caller = new Caller(gateway);
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => caller.ChatAsync(
            new ChatCall(string.Create(CultureInfo.InvariantCulture, $"big-{i}")) { PromptLength = 5_000_000, Tier = 3 }, stop)));
    }

    private async Task ResetsAsync(CancellationToken stop)
    {
        for (int i = 0; i < Crowd; i++)
        {
            using RawCaller caller = await RawCaller.OpenAsync(gateway.Port(3), stop);
            await caller.SendAsync(RawRequests.Head("POST /v1/chat/completions", 100_000) + new string('x', 20_000), stop);
            caller.Reset();
        }
    }
}
