using System.Globalization;
using Load.Replay;

namespace Gateway.Tests.Simulation;

/// <summary>A folder with trace files made up for a test; gone when the test is over.</summary>
internal sealed class TraceFolder : IDisposable
{
    public const string Header = "TIMESTAMP,ContextTokens,GeneratedTokens";

    private static readonly DateTime Start = new(2023, 11, 16, 18, 0, 0, DateTimeKind.Utc);

    public string Path { get; } = Directory.CreateTempSubdirectory("trace-").FullName;

    /// <summary>Ten minutes of both services, about twice what 30 slots can serve; the urgent one comes in bursts.</summary>
    public static TraceFolder Overloaded()
    {
        var folder = new TraceFolder();
        var random = new Random(1);
        IEnumerable<string> bursts = Enumerable.Range(0, 600).Select(i => Row((i / 20 * 20) + random.NextDouble(), 2_000, 1 + random.Next(40)));
        IEnumerable<string> steady = Enumerable.Range(0, 6_000).Select(i => Row(i * 0.1, 1_000, 1 + random.Next(450)));
        return folder
            .Write(AzureTrace.CodeFile, [Header, .. bursts])
            .Write(AzureTrace.ConversationFile, [Header, .. steady]);
    }

    public static string Row(double seconds, int context, int generated)
    {
        DateTime at = Start.AddTicks((long)(seconds * TimeSpan.TicksPerSecond));
        return string.Create(CultureInfo.InvariantCulture, $"{at:yyyy-MM-dd HH:mm:ss.fffffff},{context},{generated}");
    }

    public TraceFolder Write(string file, params string[] lines)
    {
        File.WriteAllLines(System.IO.Path.Combine(Path, file), lines);
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
