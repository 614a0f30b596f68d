using Load.Driver.Observing;
using Load.Driver.Targets;

namespace Load.Driver.Scenarios;

/// <summary>
/// What it costs to see everything: the same load on a gateway that nobody watches and on one that writes to InfluxDB, exports traces and metrics
/// by OTLP, is scraped by Prometheus and has its dashboard open. Whatever it puts off until after the answers is waited for, and counts.
/// </summary>
internal sealed class ObservedScenario : IScenario
{
    private const int Concurrency = 64;
    private const double MaxRatio = 1.08;
    private const string Observed = "gateway+observed";
    private const string Earlier = "gateway+earlier";

    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan DeliveryLimit = TimeSpan.FromSeconds(20);
    private static readonly IReadOnlyDictionary<string, string> NoEnvironment = new Dictionary<string, string>();

    private long _requests;

    public required LoadPlan Plan { get; init; }

    public required ObservationSink Sink { get; init; }

    /// <summary>A gateway of an earlier commit, to be held against too; null: none.</summary>
    public string? EarlierGateway { get; init; }

    public required int Rounds { get; init; }

    public required int WarmUps { get; init; }

    public string Name => "observed";

    public string Summary =>
        $"{Plan.Requests} small chat requests, plain answers of 16 tokens, on {Plan.Connections} connections, unseen and with everything on that there "
        + "is to see: InfluxDB, traces and metrics by OTLP, a scrape of /metrics a second, an open dashboard";

    public bool FreshProcesses => false;

    public int GatewayConcurrency => Math.Max(Concurrency, Plan.Connections);

    public IReadOnlyList<Metric> Metrics =>
        [Metric.CpuPerRequest, Metric.RequestsPerSecond, Metric.P50, Metric.P99, Metric.Resident, Metric.PointsPerRequest, Metric.SpansPerRequest];

    public IReadOnlyList<Limit> Limits =>
        [new Limit(Metric.CpuPerRequest, MaxRatio, "gateway", Observed), new Limit(Metric.CpuPerRequest, MaxRatio, Earlier, Observed)];

    public IReadOnlyList<Target> TargetsOf(IReadOnlyList<Target> asked) =>
    [
        new Target("gateway", TargetKind.Gateway, NoEnvironment),
        new Target(Observed, TargetKind.Gateway, NoEnvironment, GatewayShape.Observed),
        .. EarlierGateway is null ? (Target[])[] : [new Target(Earlier, TargetKind.Gateway, NoEnvironment) { Program = EarlierGateway }],
    ];

    public async Task WarmUpAsync(RunningTarget target, CancellationToken stop)
    {
        await using Audience? audience = AudienceOf(target, stop);
        LoadResult load = await LoadLoop.RunAsync(Plan, target.Endpoint, stop);
        await DeliveredAsync(target, load, stop);
    }

    public async Task<Measurement> RunAsync(RunningTarget target, int round, CancellationToken stop)
    {
        (long pointsBefore, long spansBefore) = (Sink.Points, Sink.Spans);
        await using Audience? audience = AudienceOf(target, stop);
        TimeSpan cpuBefore = target.Meter.CpuTime();
        LoadResult load = await LoadLoop.RunAsync(Plan, target.Endpoint, stop);
        bool delivered = await DeliveredAsync(target, load, stop);
        await Task.Delay(Settle, TimeProvider.System, stop);
        TimeSpan cpu = target.Meter.CpuTime() - cpuBefore;
        target.Process.EnsureAlive();

        double requests = Math.Max(1, load.Completed);
        var values = new Dictionary<Metric, double>
        {
            [Metric.CpuPerRequest] = cpu.TotalMicroseconds / requests,
            [Metric.RequestsPerSecond] = load.Completed / load.Elapsed.TotalSeconds,
            [Metric.P50] = load.LatencyMilliseconds(0.50),
            [Metric.P99] = load.LatencyMilliseconds(0.99),
            [Metric.Resident] = target.Meter.ResidentBytes() / 1024.0 / 1024.0,
            [Metric.PointsPerRequest] = (Sink.Points - pointsBefore) / requests,
            [Metric.SpansPerRequest] = (Sink.Spans - spansBefore) / requests,
        };
        string? unseen = !IsObserved(target) ? null
            : !delivered ? $"of {_requests} requests so far {Sink.Points} became points in InfluxDB"
            : Sink.Spans == spansBefore ? "no span was exported"
            : audience?.Complaint;
        return new Measurement(target.Target.Name, round, values, load.Errors + (unseen is null ? 0 : 1), load.FirstError ?? unseen);
    }

    private static bool IsObserved(RunningTarget target) => target.Target.Shape == GatewayShape.Observed;

    private static Audience? AudienceOf(RunningTarget target, CancellationToken stop) => IsObserved(target) ? Audience.Of(target.Endpoint, stop) : null;

    private async Task<bool> DeliveredAsync(RunningTarget target, LoadResult load, CancellationToken stop)
    {
        if (IsObserved(target))
        {
            _requests += load.Completed;
            await Sink.WaitForPointsAsync(_requests, DeliveryLimit, stop);
        }

        return Sink.Points == _requests;
    }
}
