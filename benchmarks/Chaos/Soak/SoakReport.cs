using System.Globalization;
using System.Text;
using Chaos.Calling;
using Load.Driver.Processes;

namespace Chaos.Soak;

/// <summary>What a soak has shown: what grew, what was left, who got something that was not theirs.</summary>
internal sealed class SoakReport(IReadOnlyList<(Sample Sample, string Fault)> minutes, IReadOnlyList<string> left, SoakTraffic traffic, Exposition metrics, int seed)
{
    /// <summary>Megabytes an hour.</summary>
    private const double MostMemory = 1;

    /// <summary>Descriptors, threads, timers, keys an hour: less than one for each fault of a kind.</summary>
    private const double MostCount = 6;

    private readonly StringBuilder _text = new();
    private bool _hasFailed;

    public bool HasPassed { get; private set; }

    public string Write(DateOnly date, Machine machine)
    {
        Line($"# Soak of {date:yyyy-MM-dd}");
        Line("");
        Line($"- commit: {machine.Commit}");
        Line($"- machine: {machine.Cores} cores, {machine.Cpu}, shared by callers, gateway, upstream, Redis and InfluxDB; load average at the start {machine.Load}");
        Line($"- {minutes.Count} minutes, after all faults have been rehearsed {SoakRun.Rehearsals} times; seed {seed}");
        Line($"- each minute: mixed traffic of three tiers for 42 s with a fault in it, then nobody calls, and after 16 s, in which the gateway gives memory back by itself, it is measured");
        Line($"- {traffic.Calls} calls: {traffic.Tally.Told}, the rest left early");
        Line("");
        Line("| what | first | last | growth an hour (95 % range) | most | verdict |");
        Line("|---|---|---|---|---|---|");
        Judge("resident memory, MB", static sample => sample.ResidentMb, MostMemory);
        Judge("managed heap, MB", static sample => sample.HeapMb, MostMemory);
        Judge("descriptors", static sample => sample.Descriptors, MostCount);
        Judge("threads", static sample => sample.Threads, MostCount);
        Judge("timers", static sample => sample.Timers, MostCount);
        Judge("keys in Redis", static sample => sample.RedisKeys, MostCount);
        Count("requests left under way when nobody calls", left.Count, string.Join("; ", left));
        Count("answers that were somebody else's", traffic.Tally.Foreign, "");
        Count("requests that ended in a fault of the gateway's own", metrics.Sum("gateway_requests_total", "fault\""), "");
        Line("");
        Line("Flat: the whole range lies below the most. GROWS: the whole range lies above it, and no chance explains that. Unproven: the run is too short to tell which.");
        Line($"{(Season == 1 ? "" : "A minute is compared with those of the same fault only. ")}Each minute, measured while nobody calls:");
        Line("");
        Line("| minute | fault | resident MB | heap MB | descriptors | threads | timers | Redis keys |");
        Line("|---|---|---|---|---|---|---|---|");
        for (int i = 0; i < minutes.Count; i++)
        {
            (Sample sample, string fault) = minutes[i];
            Line($"| {i + 1} | {fault} | {sample.ResidentMb:0.0} | {sample.HeapMb:0.0} | {sample.Descriptors} | {sample.Threads} | {sample.Timers} | {sample.RedisKeys} |");
        }

        HasPassed = !_hasFailed;
        return _text.ToString();
    }

    /// <summary>Faults come in turns. A run that does not see all of them twice compares what it has.</summary>
    private int Season => minutes.Count >= 2 * SoakFaults.Kinds ? SoakFaults.Kinds : 1;

    private void Judge(string what, Func<Sample, double> value, double most)
    {
        double[] readings = [.. minutes.Select(minute => value(minute.Sample))];
        Trend minutely = Trend.Of(readings, Season);
        (double growth, double low, double high) = (minutely.Slope * 60, minutely.Low * 60, minutely.High * 60);
        bool grows = low > most;
        _hasFailed |= grows;
        Line($"| {what} | {readings[0]:0.#} | {readings[^1]:0.#} | {growth:+0.0;-0.0;0} ({low:+0.0;-0.0;0} to {high:+0.0;-0.0;0}) | {most:0} | {(grows ? "GROWS" : high > most ? "unproven" : "flat")} |");
    }

    private void Count(string what, double count, string which)
    {
        _hasFailed |= count != 0;
        Line($"| {what} | | {count:0} | {which} | 0 | {(count == 0 ? "none" : "FAIL")} |");
    }

    private void Line(FormattableString text) => Line(text.ToString(CultureInfo.InvariantCulture));

    private void Line(string text) => _text.Append(text).Append('\n');
}
