using System.Globalization;

namespace Chaos.Processes;

/// <summary>Who else uses the machine.</summary>
internal static class Neighbours
{
    private const int IdleField = 4;
    private const int WaitField = 5;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(3);

    /// <summary>They use more than half of its time, now: the load average still tells of the build that ran a moment ago.</summary>
    public static async Task<bool> UseMuchAsync(CancellationToken stop)
    {
        (long idleBefore, long allBefore) = Times();
        await Task.Delay(Look, TimeProvider.System, stop);
        (long idle, long all) = Times();
        return (idle - idleBefore) * 2 < all - allBefore;
    }

    private static (long Idle, long All) Times()
    {
        string[] fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (Number(fields[IdleField]) + Number(fields[WaitField]), fields.Skip(1).Sum(Number));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
