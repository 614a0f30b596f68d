using System.Text;
using Gateway.Configuration;
using Gateway.Management;
using Gateway.Recording.Influx;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>A caller that does not read holds up neither the exit nor what others are to know of the requests.</summary>
[Trait("row", "L1")]
public sealed class StopTests
{
    private long _sent;

    [Fact]
    public async Task Drain_LimitPasses_CutsTheCallerOff()
    {
        await using RawUpstream upstream = Endless();
        await using GatewayHost gateway = await StartAsync(upstream);
        using RawConnection caller = await StuckAsync(gateway);

        await gateway.Services.GetRequiredService<DrainState>().DrainAsync().Soon();

        await gateway.Scheduler.Drained.Soon();
        Assert.Equal(Outcome.Draining, Assert.Single(await gateway.Records.WaitForAsync(1)).Outcome);
        Assert.All((await gateway.Scheduler.SnapshotAsync()).Instances, static instance => Assert.Equal(0, instance.Running));
    }

    [Fact]
    public async Task TotalTimeout_CutsTheCallerOff()
    {
        await using RawUpstream upstream = Endless();
        await using GatewayHost gateway = await StartAsync(upstream, static options => options with
        {
            Timeouts = new TimeoutOptions { Total = TimeSpan.FromSeconds(2) },
        });
        using RawConnection caller = await StuckAsync(gateway);

        Assert.Equal(Outcome.UpstreamTotalTimeout, Assert.Single(await gateway.Records.WaitForAsync(1)).Outcome);
    }

    /// <summary>Without a drain, the server's own stop takes all the time that the host has; what was counted until then is sent all the same.</summary>
    [Fact]
    [Trait("row", "M3")]
    public async Task Stop_HostIsOutOfTime_InfluxGetsEveryPoint()
    {
        await using RawUpstream upstream = Endless();
        await using InfluxDouble influx = await InfluxDouble.StartAsync();
        influx.Status = 0;
        GatewayHost gateway = await StartAsync(upstream, options => options with { InfluxdbUrl = influx.Url.AbsoluteUri });
        InfluxSink sink = gateway.Services.GetRequiredService<InfluxSink>();
        using RawConnection caller = await StuckAsync(gateway);

        Task stopping = gateway.DisposeAsync().AsTask();
        await gateway.Records.WaitForAsync(1);
        await Eventually.TrueAsync(() => !influx.Requests.IsEmpty);

        // Nobody leaves while a server that takes its time has not answered.
        await Task.WhenAny(stopping, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Rig.Cancel));
        Assert.False(stopping.IsCompleted);
        influx.Release();
        await stopping.Soon();

        Assert.Equal((1, 1), (sink.Delivered, influx.Lines.Count));
    }

    private static Task<GatewayHost> StartAsync(RawUpstream upstream, Func<GatewayOptions, GatewayOptions>? configure = null)
    {
        GatewayOptions options = GatewayHost.ThreeTiers(upstream.BaseAddress, slots: 1) with { Limits = new LimitOptions { DrainTimeout = TimeSpan.Zero } };
        return GatewayHost.StartAsync(configure?.Invoke(options) ?? options);
    }

    /// <summary>Answers with as much as is taken.</summary>
    private RawUpstream Endless() => RawUpstream.Start(async (connection, _) =>
    {
        await connection.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"));
        for (byte[] piece = new byte[64 << 10]; ; Interlocked.Add(ref _sent, piece.Length))
        {
            await connection.WriteAsync(piece);
        }
    });

    /// <summary>A caller that reads no more, and everything between it and the upstream is full.</summary>
    private async Task<RawConnection> StuckAsync(GatewayHost gateway)
    {
        RawConnection caller = await RawConnection.OpenAsync(gateway.Address(0), Rig.Cancel);
        await caller.SendAsync("GET /v1/files/a/content HTTP/1.1\r\nHost: x\r\n\r\n", Rig.Cancel);
        await caller.ReadUntilAsync("200 OK", Rig.Cancel).Soon();
        (long last, int same) = (0, 0);
        await Eventually.TrueAsync(() =>
        {
            long now = Interlocked.Read(ref _sent);
            same = now == last ? same + 1 : 0;
            last = now;
            return now > 0 && same > 40;
        });
        return caller;
    }
}
