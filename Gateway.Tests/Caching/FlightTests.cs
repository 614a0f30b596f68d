using System.Globalization;
using Gateway.Caching;
using Gateway.Configuration;
using Gateway.Listeners;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Xunit;

namespace Gateway.Tests.Caching;

/// <summary>The buffer that many are served from, below and beyond what may be kept.</summary>
[Trait("row", "T5")]
public class FlightTests
{
    private const int Piece = 64 * 1024;

    private static readonly FlightHead Head = new(200, []);

    private readonly CacheBudget _budget = new(new OptionsSnapshot(new GatewayOptions { Endpoints = [], Instances = [], Cache = new CacheOptions { MaxSizeMb = 1 } }));

    [Fact]
    public async Task Write_WithinWhatIsKept_WaitsForNobodyAndLateJoinersGetAll()
    {
        Flight flight = NewFlight();
        FlightMember idle = flight.TryJoin(Policy)!;
        for (int i = 0; i < 3; i++)
        {
            Assert.True(await WriteAsync(flight, (byte)i).Soon());
        }

        FlightMember late = flight.TryJoin(Policy)!;
        flight.Complete(FlightEnd.Landed, Head);

        Assert.Equal(3 * Piece, Drain(flight, late));
        Assert.Equal(3 * Piece, Drain(flight, idle));
        Assert.Equal(3 * Piece, flight.Body()!.Length);
        Assert.InRange(_budget.Held, 3 * Piece, 1 << 20);
        flight.Release();
        Assert.Equal(0, _budget.Held);
    }

    [Fact]
    [Trait("row", "H4")]
    public async Task Write_BeyondWhatIsKept_GoesAtTheSlowestMembersPaceAndTakesNobodyNew()
    {
        Flight flight = NewFlight();
        FlightMember fast = flight.TryJoin(Policy)!, slow = flight.TryJoin(Policy)!;
        Task<bool> write = Task.FromResult(true);
        int written = 0;
        while (write.IsCompleted && written < 100)
        {
            write = WriteAsync(flight, (byte)written++);
            Drain(flight, fast);
        }

        // A quarter of 1 MiB may be kept, and the window is 256 KiB.
        Assert.InRange(written, 4, 10);
        Assert.Null(flight.TryJoin(Policy));
        Assert.Equal(0, _budget.Held);

        Assert.Equal((long)written * Piece, Drain(flight, slow));
        Assert.True(await write.Soon());
        flight.Complete(FlightEnd.Landed, Head);
        Assert.Null(flight.Body());
    }

    [Fact]
    public async Task Leave_SlowestOrLast_FreesTheWriter()
    {
        Flight flight = NewFlight();
        FlightMember fast = flight.TryJoin(Policy)!, slow = flight.TryJoin(Policy)!;
        Task<bool> write = Task.FromResult(true);
        for (int i = 0; write.IsCompleted && i < 100; i++)
        {
            write = WriteAsync(flight, 0);
            Drain(flight, fast);
        }

        Assert.False(write.IsCompleted);
        flight.Leave(slow);
        Assert.True(await write.Soon());

        flight.Leave(fast);
        Assert.True(flight.AllLeft.IsCancellationRequested);
        Assert.False(await WriteAsync(flight, 0).Soon());
    }

    [Fact]
    public void Budget_AllInUse_FlightGoesOnWithoutIt()
    {
        Assert.True(_budget.TryTake(1 << 20));
        Flight flight = NewFlight();

        Assert.False(flight.GetMemory(10).IsEmpty);

        Assert.Null(flight.TryJoin(Policy));
        Assert.Equal(1 << 20, _budget.Held);
    }

    [Theory]
    [InlineData(Piece, (int)FlightEnd.Landed)]
    [InlineData(Piece + 1, (int)FlightEnd.None)]
    [Trait("req", "P12")]
    public async Task Serve_CallerClosesItsConnection_HasLeftEarlyOnlyIfBytesAreMissing(int promised, int end)
    {
        Flight flight = NewFlight();
        FlightMember member = flight.TryJoin(Policy)!;
        var head = new FlightHead(200, [new("Content-Length", promised.ToString(CultureInfo.InvariantCulture))]);
        await WriteAsync(flight, 1, head);
        using var left = new CancellationTokenSource();
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new MemoryStream()));
        context.Features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature { RequestAborted = left.Token });

        Task<FlightEnd> serving = new CallerResponse(context.Features, NewExchange()).ServeAsync(flight, member, isLeader: true);
        await left.CancelAsync();
        flight.Complete(FlightEnd.Landed, head);

        Assert.Equal((FlightEnd)end, await serving.Soon());
    }

    private static TierPolicy Policy { get; } = new() { Priority = 1 };

    private static async Task<bool> WriteAsync(Flight flight, byte value, FlightHead? head = null)
    {
        flight.GetMemory(Piece).Span[..Piece].Fill(value);
        flight.Written(Piece);
        return await flight.PublishAsync(head ?? Head);
    }

    private static long Drain(Flight flight, FlightMember member)
    {
        while (flight.Look(member) is { Piece.IsEmpty: false })
        {
        }

        return member.Position;
    }

    private static Exchange NewExchange()
    {
        var record = new AccessRecord { RequestId = "r", StartedAt = DateTimeOffset.UnixEpoch, Started = 0, Listener = "l", Priority = 1, Method = "POST", Path = "/" };
        return new Exchange(new Listener(0, 0, "l", Policy), record);
    }

    private Flight NewFlight() => new(default, NewExchange(), null!, _budget);
}
