using System.Globalization;

namespace Load.Replay;

/// <summary>How far a replayed figure lies from the published one.</summary>
internal static class Deviation
{
    /// <summary>The largest share that still counts as reproduced.</summary>
    public const double Allowed = 0.10;

    /// <summary>Relative to the published figure; infinite when that is zero and the replayed one is not.</summary>
    public static double Of(double replayed, double published) =>
        replayed == published ? 0
        : published == 0 ? double.PositiveInfinity
        : (replayed - published) / published;

    public static bool IsTooLarge(double deviation) => Math.Abs(deviation) > Allowed;

    public static string Describe(double deviation) =>
        (double.IsInfinity(deviation) ? "not 0" : (100 * deviation).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) + " %")
        + (IsTooLarge(deviation) ? " !" : "");
}
