using System.Collections.Concurrent;
using Gateway.Requests;
using Gateway.Scheduling;

namespace Gateway.Caching;

/// <summary>The calls under way that others may join.</summary>
internal sealed class FlightTable(Scheduler scheduler, CacheBudget budget)
{
    /// <summary>Those that may be joined.</summary>
    private readonly ConcurrentDictionary<CacheKey, Flight> _flights = new();

    /// <summary>All that have not ended, also those that nobody may join, or nobody may any more: a clearing concerns them too.</summary>
    private readonly ConcurrentDictionary<Flight, bool> _underWay = new();
    private long _landings;

    /// <summary>
    /// Grows when an answer was stored and its flight is about to leave the table. Whoever saw neither, and finds this changed, looks into the store
    /// again.
    /// </summary>
    public long Landings => Volatile.Read(ref _landings);

    /// <summary>Calls that may be joined.</summary>
    public int Count => _flights.Count;

    /// <summary>Requests that wait for one of them; for tests, which wait for a follower to have joined.</summary>
    public int Members => _flights.Values.Sum(static flight => flight.Members);

    /// <summary>Keys of all that have not ended; for tests, which ask again only when the answer is kept.</summary>
    public IEnumerable<CacheKey> UnderWay => _underWay.Keys.Select(static flight => flight.Key);

    /// <summary>Joins the flight of this key, or begins one.</summary>
    public (Flight Flight, FlightMember Member, bool IsLeader) JoinOrLead(CacheKey key, Exchange exchange)
    {
        (Flight Flight, FlightMember Leader)? begun = null;
        while (true)
        {
            if (_flights.TryGetValue(key, out Flight? there))
            {
                if (there.TryJoin(exchange.Policy) is { } follower)
                {
                    if (begun is { } unused)
                    {
                        Remove(unused.Flight);
                    }

                    return (there, follower, false);
                }

                Unlist(there);
            }

            // With its leader in it before anybody finds it: whoever joined and left in between would have ended it.
            begun ??= LeadAlone(key, exchange);
            (Flight flight, FlightMember leader) = begun.Value;
            if (_flights.TryAdd(key, flight))
            {
                return (flight, leader, true);
            }
        }
    }

    /// <summary>A flight that nobody joins.</summary>
    public (Flight Flight, FlightMember Member) LeadAlone(CacheKey key, Exchange exchange)
    {
        Flight flight = Begin(key, exchange);
        return (flight, flight.TryJoin(exchange.Policy)!);
    }

    public void Landed(Flight flight)
    {
        Interlocked.Increment(ref _landings);
        Remove(flight);
    }

    /// <summary>It ends. Whoever comes from here on begins another.</summary>
    public void Remove(Flight flight)
    {
        Unlist(flight);
        _underWay.TryRemove(flight, out _);
    }

    /// <summary>The cache is cleared: what is under way was asked for before, and is not stored.</summary>
    public void Disown(Predicate<CacheKey> isMeant)
    {
        foreach ((Flight flight, _) in _underWay)
        {
            if (isMeant(flight.Key))
            {
                flight.IsDisowned = true;
                Unlist(flight);
            }
        }
    }

    private Flight Begin(CacheKey key, Exchange exchange)
    {
        var flight = new Flight(key, exchange, scheduler, budget);
        _underWay[flight] = true;
        return flight;
    }

    private void Unlist(Flight flight) => _flights.TryRemove(KeyValuePair.Create(flight.Key, flight));
}
