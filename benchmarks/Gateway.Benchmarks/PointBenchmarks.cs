using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using Gateway.Recording;
using Gateway.Recording.Influx;
using Gateway.Requests;

namespace Gateway.Benchmarks;

/// <summary>What a finished request costs as a point for InfluxDB: in memory only, and in a file that outlives the process.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "The cleanup disposes it.")]
public class PointBenchmarks
{
    private readonly AccessRecord _record = new()
    {
        RequestId = "0123456789abcdef0123456789abcdef",
        StartedAt = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        Started = 0,
        Listener = "batch",
        Port = 8082,
        Priority = 3,
        Method = "POST",
        Path = "/v1/chat/completions",
        Endpoint = "/v1/chat/completions",
        Model = "gpt-4o-mini",
        Caller = "reports",
        Instance = "azure-primary",
        IsApi = true,
        Status = 200,
        Outcome = Outcome.Relayed,
        InputTokens = 1200,
        OutputTokens = 300,
        FirstContent = TimeSpan.FromMilliseconds(300),
        Duration = TimeSpan.FromSeconds(4),
    };

    private DirectoryInfo _folder = null!;
    private PointFile? _file;
    private PointBatch _batch = null!;

    [Params(false, true)]
    public bool IsKept { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _folder = Directory.CreateTempSubdirectory("gateway-points-");
        _file = IsKept ? PointFile.Open(Path.Combine(_folder.FullName, "0.points"), out _) : null;
        _batch = new PointBatch(static record => record.Model!, _file);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _file?.Dispose();
        _folder.Delete(recursive: true);
    }

    [Benchmark]
    public void Add()
    {
        if (_batch.IsFull)
        {
            _batch.Clear();
        }

        _batch.Add(_record);
    }
}
