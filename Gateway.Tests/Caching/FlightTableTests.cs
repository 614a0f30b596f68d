using Gateway.Caching;
using Gateway.Configuration;
using Gateway.Listeners;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Caching;

/// <summary>Who asks the same at the same moment, and leaves at once.</summary>
[Trait("row", "T5")]
public class FlightTableTests
{
    private const int Rounds = 150_000;

    private readonly FlightTable _flights =
        new(null!, new CacheBudget(new OptionsSnapshot(new GatewayOptions { Endpoints = [], Instances = [], Cache = new CacheOptions() })));

    [Fact]
    public async Task JoinOrLead_OthersJoinAndLeaveAtTheSameMoment_LeaderIsAlwaysAMember()
    {
        using var start = new Barrier(2);

        int[] strangers = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => ComeAndGo(start)))).Soon();

        Assert.Equal([0, 0], strangers);
        Assert.Equal(0, _flights.Count);
    }

    /// <returns>How often a flight was given out without a place in it.</returns>
    private int ComeAndGo(Barrier start)
    {
        int strangers = 0;
        Exchange exchange = NewExchange();
        start.SignalAndWait(TestContext.Current.CancellationToken);
        for (int i = 0; i < Rounds; i++)
        {
            (Flight flight, FlightMember? member, bool isLeader) = _flights.JoinOrLead(default, exchange);
            strangers += member is null ? 1 : 0;
            flight.Leave(member!);
            if (isLeader)
            {
                _flights.Remove(flight);
            }
        }

        return strangers;
    }

    private static Exchange NewExchange()
    {
        var record = new AccessRecord { RequestId = "r", StartedAt = DateTimeOffset.UnixEpoch, Started = 0, Listener = "l", Priority = 1, Method = "POST", Path = "/" };
        return new Exchange(new Listener(0, 0, "l", new TierPolicy { Priority = 1 }), record);
    }
}
