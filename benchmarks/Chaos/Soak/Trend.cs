namespace Chaos.Soak;

/// <summary>
/// How fast something grows: the median of the slopes between all pairs of readings, which a few odd ones do not move, and the range in which
/// the truth lies with 95 % certainty.
/// </summary>
internal readonly record struct Trend(double Slope, double Low, double High)
{
    private const double Certainty = 1.96;

    /// <param name="readings">One per unit of time.</param>
    public static Trend Of(IReadOnlyList<double> readings)
    {
        int count = readings.Count;
        double[] slopes = [.. Enumerable.Range(0, count).SelectMany(first => Enumerable.Range(first + 1, count - first - 1)
            .Select(second => (readings[second] - readings[first]) / (second - first))).Order()];
        if (slopes.Length == 0)
            return default;
        // Sen's bounds: the ranks of slopes that Kendall's statistic would still call no trend.
        double spread = Certainty * Math.Sqrt(count * (count - 1) * ((2.0 * count) + 5) / 18);
        int low = Math.Clamp((int)Math.Floor((slopes.Length - spread) / 2), 0, slopes.Length - 1);
        int high = Math.Clamp((int)Math.Ceiling((slopes.Length + spread) / 2), 0, slopes.Length - 1);
        double middle = slopes.Length % 2 == 1 ? slopes[slopes.Length / 2] : (slopes[(slopes.Length / 2) - 1] + slopes[slopes.Length / 2]) / 2;
        return new Trend(middle, slopes[low], slopes[high]);
    }
}
