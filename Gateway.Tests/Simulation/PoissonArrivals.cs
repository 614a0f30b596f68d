using Load.Replay;

namespace Gateway.Tests.Simulation;

/// <summary>
/// Seeded Poisson arrivals per tier. Each tier draws from its own generator, so that taking a tier away leaves the others as they are.
/// Times are in seconds of virtual time.
/// </summary>
internal sealed class PoissonArrivals(int seed)
{
    private readonly List<IEnumerator<SimulatedItem>> _tiers = [];

    /// <summary>Adds the next tier: arrivals at a rate, each with a service time drawn by the caller.</summary>
    public PoissonArrivals Add(double rate, Func<Random, double> service)
    {
        int tier = _tiers.Count;
        _tiers.Add(Tier(tier, rate, service, new Random(seed + tier)).GetEnumerator());
        return this;
    }

    public static double Exponential(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());

    public static long Ticks(double seconds) => (long)(seconds * TimeSpan.TicksPerSecond);

    /// <summary>The first arrivals of all tiers together, in their order. To be taken once.</summary>
    public IEnumerable<SimulatedItem> Take(int count)
    {
        _tiers.ForEach(static tier => tier.MoveNext());
        for (int i = 0; i < count; i++)
        {
            IEnumerator<SimulatedItem> first = _tiers.MinBy(static tier => tier.Current.ArrivesAt)!;
            yield return first.Current;
            first.MoveNext();
        }
    }

    private static IEnumerable<SimulatedItem> Tier(int tier, double rate, Func<Random, double> service, Random random)
    {
        double at = 0;
        while (true)
        {
            at += Exponential(random, 1 / rate);
            yield return new SimulatedItem(tier, Ticks(at), Ticks(service(random)));
        }
    }
}
