namespace Chaos.Soak;

/// <summary>
/// How fast something grows: the median of the slopes between pairs of readings, which a few odd ones do not move, and the range in which the
/// truth lies with 95 % certainty (Theil and Sen; with seasons, Hirsch and Slack: only readings of the same season are compared).
/// </summary>
internal readonly record struct Trend(double Slope, double Low, double High)
{
    private const double Certainty = 1.96;

    /// <param name="readings">One per unit of time.</param>
    /// <param name="season">Readings after which the same things happen again; 1 when nothing does.</param>
    public static Trend Of(IReadOnlyList<double> readings, int season = 1)
    {
        int count = readings.Count;
        double[] slopes = [.. Enumerable.Range(0, count).SelectMany(first => Pairs(first, count, season)
            .Select(second => (readings[second] - readings[first]) / (second - first))).Order()];
        if (slopes.Length == 0)
            return default;
        // Sen's bounds: the ranks of slopes that Kendall's statistic would still call no trend. Of seasons the variances add up.
        double spread = Certainty * Math.Sqrt(Enumerable.Range(0, season).Sum(first => VarianceOf(((count - 1 - first) / season) + 1)));
        int low = Math.Clamp((int)Math.Floor((slopes.Length - spread) / 2), 0, slopes.Length - 1);
        int high = Math.Clamp((int)Math.Ceiling((slopes.Length + spread) / 2), 0, slopes.Length - 1);
        double middle = slopes.Length % 2 == 1 ? slopes[slopes.Length / 2] : (slopes[(slopes.Length / 2) - 1] + slopes[slopes.Length / 2]) / 2;
        return new Trend(middle, slopes[low], slopes[high]);
    }

    private static IEnumerable<int> Pairs(int first, int count, int season)
    {
        for (int second = first + season; second < count; second += season)
            yield return second;
    }

    /// <summary>Of Kendall's statistic of so many readings.</summary>
    private static double VarianceOf(double count) => count * (count - 1) * ((2 * count) + 5) / 18;
}
