using Chaos.Calling;

namespace Chaos.Scenarios;

/// <summary>What became of so many times what the upstream can do.</summary>
internal sealed class OverloadStep(double factor, IReadOnlyList<Tally> tiers, TimeSpan took)
{
    public double Factor => factor;

    /// <summary>Good answers a second, until the last of the queue was served.</summary>
    public double Goodput => tiers.Sum(static tier => tier.Good) / took.TotalSeconds;

    public int Refused => tiers.Sum(static tier => tier.Of(static reply => reply.IsRefused));

    public double RefusedP50 => RefusedPercentile(0.5);

    public double RefusedP99 => RefusedPercentile(0.99);

    public double UrgentWaitP50 => tiers[0].Percentile(0.5, value: static reply => reply.QueueMs);

    public double UrgentWaitP99 => tiers[0].Percentile(0.99, value: static reply => reply.QueueMs);

    public double UrgentGood => Share(tiers[0]);

    public double MiddleGood => Share(tiers[1]);

    public double LowestGood => Share(tiers[2]);

    /// <summary>Ends that are neither good nor a refusal.</summary>
    public string Odd => string.Join(", ", tiers.Where(static tier => tier.Of(static reply => !reply.IsWhole && !reply.IsRefused) > 0).Select(static tier => tier.Told));

    private static double Share(Tally tier) => tier.Count == 0 ? 1 : (double)tier.Good / tier.Count;

    private double RefusedPercentile(double share)
    {
        var refused = new Tally();
        foreach (Reply reply in tiers.SelectMany(static tier => tier.Replies).Where(static reply => reply.IsRefused))
            refused.Add(reply);
        return refused.Percentile(share, static _ => true);
    }
}
