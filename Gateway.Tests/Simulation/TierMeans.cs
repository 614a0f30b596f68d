using Load.Replay;

namespace Gateway.Tests.Simulation;

/// <summary>Adds up what became of the items of each tier.</summary>
internal sealed class TierMeans(int tiers)
{
    private readonly double[] _response = new double[tiers];
    private readonly double[] _wasted = new double[tiers];
    private readonly double[] _useful = new double[tiers];
    private readonly long[] _done = new long[tiers];

    public void Add(SimulatedItem item)
    {
        _done[item.Tier]++;
        _response[item.Tier] += item.Response;
        _wasted[item.Tier] += item.Wasted;
        _useful[item.Tier] += item.DoneAt - item.StartedAt;
    }

    public long Done(int tier) => _done[tier];

    /// <summary>Mean response time in seconds.</summary>
    public double Response(int tier) => _response[tier] / _done[tier] / TimeSpan.TicksPerSecond;

    /// <summary>Share of the tier's slot time that brought no result.</summary>
    public double WastedShare(int tier) => _wasted[tier] / (_wasted[tier] + _useful[tier]);
}
