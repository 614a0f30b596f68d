using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Gateway.Caching;
using Gateway.Configuration;
using Gateway.Listeners;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
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
        flight.Leave(late);
        flight.Leave(idle);
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
        Assert.Equal(1 << 18, _budget.Held);

        Assert.Equal((long)written * Piece, Drain(flight, slow));
        Assert.Equal(0, _budget.Held);
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

    /// <summary>What a member has taken is let go of on its thread while the writer writes.</summary>
    [Fact]
    public async Task Write_WhileAMemberTakes_LosesNothing()
    {
        const int Writes = 100_000, Size = 16 * 1024;
        Flight flight = NewFlight();
        FlightMember member = flight.TryJoin(Policy)!;
        Task<int> taking = Task.Run(() => TakeInOrder(flight, member, Size), Cancel);
        try
        {
            for (int i = 0; i < Writes; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(flight.GetMemory(Size).Span, i);
                flight.Written(Size);
                await flight.PublishAsync(Head, Cancel).AsTask().Soon();
            }
        }
        finally
        {
            flight.Complete(FlightEnd.Landed, Head);
        }

        Assert.Equal(Writes, await taking.Soon());
    }

    [Fact]
    [Trait("row", "H4")]
    public async Task Flush_TheAttemptEndsWhileAMemberTakesNothing_EndsToo()
    {
        Flight flight = NewFlight();
        Assert.NotNull(flight.TryJoin(Policy));
        var writer = new FlightWriter(flight, new FlightResponse(flight, new HttpResponseFeature()));
        using var ended = new CancellationTokenSource();
        Task<FlushResult> flush;
        int written = 0;
        do
        {
            writer.GetMemory(Piece);
            writer.Advance(Piece);
            flush = writer.FlushAsync(ended.Token).AsTask();
        }
        while (flush.IsCompleted && written++ < 100);

        Assert.False(flush.IsCompleted);
        await ended.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush.Soon());
    }

    [Fact]
    [Trait("req", "C5")]
    public async Task Release_MembersStillRead_CountsWhatTheyHoldUntilTheyLeave()
    {
        List<(Flight Flight, FlightMember Member)> slow = [];
        while (slow.Count < 100)
        {
            Flight flight = NewFlight();
            FlightMember member = flight.TryJoin(Policy)!;
            await WriteAsync(flight, 1).Soon();
            await WriteAsync(flight, 2).Soon();
            if (flight.TryJoin(Policy) is not { } other)
            {
                break;
            }

            flight.Leave(other);
            flight.Complete(FlightEnd.Landed, Head);
            flight.Release();
            slow.Add((flight, member));
        }

        // 1 MiB in all: nothing is left for another one to be kept.
        Assert.Equal(8, slow.Count);
        Assert.Equal(1 << 20, _budget.Held);
        Assert.Null(slow[0].Flight.TryJoin(Policy));

        Assert.Equal(Piece, slow[0].Flight.Look(slow[0].Member).Piece.Length);
        Assert.Equal((1 << 20) - Piece, _budget.Held);
        Assert.Equal(2 * Piece, Drain(slow[0].Flight, slow[0].Member));
        slow.ForEach(static one => one.Flight.Leave(one.Member));
        Assert.Equal(0, _budget.Held);
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

    /// <summary>On the real server: of an answer that has begun it sends nothing that nobody flushed, and its caller would wait for ever.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("req", "P12")]
    public async Task Serve_LastBytesComeWithTheEnd_ReachTheCaller(bool isLengthKnown)
    {
        const int Last = 1000;
        Flight flight = NewFlight();
        FlightMember member = flight.TryJoin(Policy)!;
        var head = new FlightHead(200, isLengthKnown ? [new("Content-Length", (Piece + Last).ToString(CultureInfo.InvariantCulture))] : []);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using WebApplication app = builder.Build();
        app.Run(async context => await new CallerResponse(context.Features, NewExchange()).ServeAsync(flight, member, isLeader: true));
        await app.StartAsync(Cancel);
        using var client = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()) };

        await WriteAsync(flight, 1, head);
        using HttpResponseMessage answer = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, Cancel).Soon();
        await using Stream body = await answer.Content.ReadAsStreamAsync(Cancel);
        await body.ReadExactlyAsync(new byte[Piece], Cancel).AsTask().Soon();
        flight.GetMemory(Last).Span[..Last].Fill(2);
        flight.Written(Last);
        flight.Complete(FlightEnd.Landed, head);

        byte[] rest = new byte[Last];
        await body.ReadExactlyAsync(rest, Cancel).AsTask().Soon();
        Assert.Equal(0, await body.ReadAsync(new byte[1], Cancel).AsTask().Soon());
        Assert.Equal(-1, rest.AsSpan().IndexOfAnyExcept((byte)2));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static TierPolicy Policy { get; } = new() { Priority = 1 };

    private static async Task<bool> WriteAsync(Flight flight, byte value, FlightHead? head = null)
    {
        flight.GetMemory(Piece).Span[..Piece].Fill(value);
        flight.Written(Piece);
        return await flight.PublishAsync(head ?? Head, Cancel);
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

    /// <returns>Writes that came, each in its turn.</returns>
    private static int TakeInOrder(Flight flight, FlightMember member, int size)
    {
        int taken = 0;
        while (true)
        {
            FlightView view = flight.Look(member);
            for (ReadOnlySpan<byte> left = view.Piece.Span; !left.IsEmpty; left = left[size..], taken++)
            {
                Assert.Equal(taken, BinaryPrimitives.ReadInt32LittleEndian(left));
            }

            if (view.End != FlightEnd.None)
            {
                return taken;
            }
        }
    }

    private Flight NewFlight() => new(default, NewExchange(), null!, _budget);
}
