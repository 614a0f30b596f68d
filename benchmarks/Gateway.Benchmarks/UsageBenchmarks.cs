using BenchmarkDotNet.Attributes;
using Gateway.Recording;
using Gateway.Recording.Usage;
using Gateway.Requests;

namespace Gateway.Benchmarks;

/// <summary>What counting a finished request costs it, with a minute and an hour under way.</summary>
[MemoryDiagnoser]
public class UsageBenchmarks
{
    private readonly UsageHistory _history = new();
    private AccessRecord _record = null!;

    [GlobalSetup]
    public void Setup()
    {
        _record = new AccessRecord
        {
            RequestId = "id",
            StartedAt = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
            Started = 0,
            Listener = "batch",
            Priority = 3,
            Method = "POST",
            Path = "/v1/chat/completions",
            IsApi = true,
            Status = 200,
            Outcome = Outcome.Relayed,
            Instance = "azure-primary",
            InputTokens = 100,
            OutputTokens = 50,
            Attempts = 1,
            Duration = TimeSpan.FromSeconds(2),
        };
        _record.Add(new AttemptRecord(1, "azure-primary", TimeSpan.Zero, TimeSpan.FromSeconds(1), null, AttemptEnd.Answered, Outcome.Relayed, 200, null));
    }

    [Benchmark]
    public void Write() => _history.Write(_record);
}
