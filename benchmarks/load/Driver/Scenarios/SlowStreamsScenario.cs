using Load.Driver.Http;
using Load.Driver.Targets;

namespace Load.Driver.Scenarios;

/// <summary>Holds many slow streams open at once: no error, and a bounded growth of resident memory for each.</summary>
internal sealed class SlowStreamsScenario(int streams, int wanted, int rounds) : IScenario
{
    private const int Tokens = 12;
    private const double TokensPerSecond = 0.4;
    private const double MaxKibPerStream = 40;
    private const int SlotsToSpare = 10_000;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan SamplePause = TimeSpan.FromMilliseconds(250);

    private static readonly ReadOnlyMemory<byte> SlowRequest = RequestBytes.Chat(
        ChatBodies.Small(stream: true),
        new Dictionary<string, double> { ["x-sim-tokens"] = Tokens, ["x-sim-tps"] = TokensPerSecond });

    private static readonly LoadPlan WarmUp = new(
        RequestBytes.Chat(ChatBodies.Small(stream: true), new Dictionary<string, double> { ["x-sim-tokens"] = Tokens }), 16, 320, Tokens);

    public string Name => "streams10k";

    public string Summary =>
        $"{streams} streams at once, each {Tokens} tokens at {TokensPerSecond:0.0} per second; growth of resident memory while all are open";

    /// <summary>A threshold kept by fewer streams than were asked for says so in its own row.</summary>
    public string Qualifier => streams < wanted ? $", by {streams} of {wanted} streams" : "";

    public int Rounds => rounds;

    public int WarmUps => 1;

    public bool FreshProcesses => true;

    public int GatewayConcurrency => streams + SlotsToSpare;

    public IReadOnlyList<Metric> Metrics => [Metric.KibPerStream, Metric.Streams, Metric.Before, Metric.Peak];

    public IReadOnlyList<Limit> Limits => [new Limit(Metric.KibPerStream, MaxKibPerStream, RelativeTo: null)];

    public Task WarmUpAsync(RunningTarget target, CancellationToken stop) => LoadLoop.RunAsync(WarmUp, target.Endpoint, stop);

    public async Task<Measurement> RunAsync(RunningTarget target, int round, CancellationToken stop)
    {
        long before = target.Meter.ResidentBytes();
        var crowd = new StreamCrowd(SlowRequest, streams, Tokens, target.Endpoint);
        Task run = crowd.RunAsync(Limit, stop);
        long peak = before;
        int most = 0;
        while (!run.IsCompleted)
        {
            target.Process.EnsureAlive();
            most = Math.Max(most, crowd.Live);
            peak = Math.Max(peak, target.Meter.ResidentBytes());
            await Task.WhenAny(run, Task.Delay(SamplePause, TimeProvider.System, stop));
        }

        await run;
        var values = new Dictionary<Metric, double>
        {
            [Metric.KibPerStream] = (peak - before) / 1024.0 / streams,
            [Metric.Streams] = most,
            [Metric.Before] = before / 1024.0 / 1024.0,
            [Metric.Peak] = peak / 1024.0 / 1024.0,
        };
        if (crowd.Errors == 0 && most < streams)
        {
            string shortfall = $"only {most} of {streams} were open at once: the ramp took longer than a stream";
            return new Measurement(target.Target.Name, round, values, streams - most, shortfall);
        }

        return new Measurement(target.Target.Name, round, values, crowd.Errors, crowd.FirstError);
    }
}
