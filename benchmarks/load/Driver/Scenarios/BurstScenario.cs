using Load.Driver.Http;
using Load.Driver.Targets;

namespace Load.Driver.Scenarios;

/// <summary>
/// Sends large bodies all at once and then waits, with a trickle of small requests, for the resident memory to come down. The trickle is what a
/// gateway sees in practice, and without any allocation a garbage collector has no occasion to give memory back.
/// </summary>
internal sealed class BurstScenario(int rounds) : IScenario
{
    private const int Bodies = 200;
    private const int BodyBytes = 1_000_000;
    private const int Concurrency = 64;

    // A third of what was sent; a proxy that kept its buffers would keep all of it.
    private const double MaxKeptMib = 64;
    private const int TrickleRequests = 50;
    private static readonly TimeSpan ReturnLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SamplePause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan TricklePause = TimeSpan.FromSeconds(1);

    private static readonly LoadPlan Large = new(
        RequestBytes.Chat(
            ChatBodies.Conversation(BodyBytes),
            new Dictionary<string, double> { ["x-sim-tokens"] = 16, ["x-sim-ttft-ms"] = 300 }),
        Bodies,
        Bodies,
        MinimumEvents: 0);

    private static readonly LoadPlan Small = new(
        RequestBytes.Chat(ChatBodies.Small(stream: false), new Dictionary<string, double> { ["x-sim-tokens"] = 16 }),
        Connections: 1,
        TrickleRequests,
        MinimumEvents: 0);

    public string Name => "burst";

    public string Summary => $"{Bodies} bodies of 1 MB at once, then {TrickleRequests} small requests a second until the memory is back";

    public int Rounds => rounds;

    public int WarmUps => 4;

    public bool FreshProcesses => true;

    public int GatewayConcurrency => Concurrency;

    public IReadOnlyList<Metric> Metrics => [Metric.Kept, Metric.Before, Metric.Peak, Metric.ReturnSeconds];

    public IReadOnlyList<Limit> Limits => [new Limit(Metric.Kept, MaxKeptMib, RelativeTo: null)];

    public Task WarmUpAsync(RunningTarget target, CancellationToken stop) => LoadLoop.RunAsync(Small, target.Endpoint, stop);

    public async Task<Measurement> RunAsync(RunningTarget target, int round, CancellationToken stop)
    {
        double before = ResidentMib(target);
        double peak = before;
        Task<LoadResult> burst = LoadLoop.RunAsync(Large, target.Endpoint, stop);
        while (!burst.IsCompleted)
        {
            target.Process.EnsureAlive();
            peak = Math.Max(peak, ResidentMib(target));
            await Task.WhenAny(burst, Task.Delay(SamplePause, TimeProvider.System, stop));
        }

        LoadResult load = await burst;
        int errors = load.Errors;
        string? firstError = load.FirstError;
        long start = TimeProvider.System.GetTimestamp();
        while (ResidentMib(target) - before > MaxKeptMib && TimeProvider.System.GetElapsedTime(start) < ReturnLimit)
        {
            LoadResult trickle = await LoadLoop.RunAsync(Small, target.Endpoint, stop);
            errors += trickle.Errors;
            firstError ??= trickle.FirstError;
            await Task.Delay(TricklePause, TimeProvider.System, stop);
        }

        var values = new Dictionary<Metric, double>
        {
            [Metric.Kept] = Math.Max(0, ResidentMib(target) - before),
            [Metric.Before] = before,
            [Metric.Peak] = peak,
            [Metric.ReturnSeconds] = TimeProvider.System.GetElapsedTime(start).TotalSeconds,
        };
        return new Measurement(target.Target.Name, round, values, errors, firstError);
    }

    private static double ResidentMib(RunningTarget target) => target.Meter.ResidentBytes() / 1024.0 / 1024.0;
}
