using System.Text;
using Gateway.Configuration;
using Gateway.Recording.Logs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using UpstreamSimulator;

namespace Gateway.Benchmarks.Reaction;

/// <summary>
/// How fast a preemption is, through real sockets on loopback: one slot, a low call that holds it, an urgent call. Gateway, upstream and
/// client share one process and so one clock: from just before the urgent request is sent to the start of its upstream call, and to the
/// moment the upstream notices the victim's abort.
/// </summary>
internal sealed class ReactionRun(int rounds, TimeProvider time)
{
    private const int WarmUps = 100;
    private const string Low = "sim:ttft=60000";
    private const string Urgent = "sim:ttft=0,tokens=1";

    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    public async Task<ReactionTimes> RunAsync()
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 }, time);
        await using var log = new LogOutput(Stream.Null, isTerminal: false, useColour: false, time);
        await using WebApplication gateway = GatewayApp.Build(new OptionsSnapshot(Options(upstream.BaseAddress)), log);
        await gateway.StartAsync();
        Uri[] ports = [.. gateway.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses
            .Select(static address => new Uri(address))];
        using var client = new HttpClient();

        var times = new ReactionTimes();
        for (int round = -WarmUps; round < rounds; round++)
        {
            double idle = await CallAsync(client, ports[0], upstream);
            (double start, double abort) = await PreemptAsync(client, ports, upstream);
            if (round >= 0)
            {
                times.Add(idle, start, abort);
            }
        }

        return times;
    }

    /// <summary>The same way with a free slot: what of the time is not preemption.</summary>
    private async Task<double> CallAsync(HttpClient client, Uri urgent, SimulatorHost upstream)
    {
        upstream.Reset();
        long sent = time.GetTimestamp();
        await PostAsync(client, urgent, Urgent);
        return Milliseconds(sent, upstream.Calls.Single().ArrivedTimestamp);
    }

    private async Task<(double Start, double Abort)> PreemptAsync(HttpClient client, Uri[] ports, SimulatorHost upstream)
    {
        upstream.Reset();
        using var lowCaller = new CancellationTokenSource();
        Task low = PostAsync(client, ports[1], Low, lowCaller.Token);
        await upstream.WaitUntil(static stats => stats.Live == 1, Guard);

        long sent = time.GetTimestamp();
        await PostAsync(client, ports[0], Urgent);
        CallRecord victim = upstream.Calls.First(static call => call.Model == Low);
        CallRecord urgent = upstream.Calls.Single(static call => call.Model == Urgent);

        // The victim runs again; only then its caller leaves, so that nothing of this round is under way in the next.
        await upstream.WaitUntil(static stats => stats is { Started: 3, Live: 1 }, Guard);
        await lowCaller.CancelAsync();
        await low.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await upstream.WaitUntil(static stats => stats is { Live: 0, Aborting: 0 }, Guard);
        return (Milliseconds(sent, urgent.ArrivedTimestamp), Milliseconds(sent, victim.AbortedTimestamp!.Value));
    }

    private static async Task PostAsync(HttpClient client, Uri port, string model, CancellationToken cancellationToken = default)
    {
        using var body = new StringContent($$"""{"model":"{{model}}","messages":[]}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.PostAsync(new Uri(port, "/v1/chat/completions"), body, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    private double Milliseconds(long from, long to) => time.GetElapsedTime(from, to).TotalMilliseconds;

    private static GatewayOptions Options(Uri upstream) => new()
    {
        Endpoints = [new EndpointOptions { Port = 0, Priority = 1, Preemptive = true }, new EndpointOptions { Port = 0, Priority = 2 }],
        Instances = [new InstanceOptions { Name = "default", ApiBase = new Uri(upstream, "/v1"), MaxConcurrency = 1 }],
    };
}
