using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using Gateway.Configuration;
using Gateway.Listeners;
using Gateway.Recording;
using Gateway.Recording.Metrics;
using Gateway.Recording.Tracing;
using Gateway.Requests;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Gateway.Benchmarks;

/// <summary>What a finished request costs in metrics and in spans: on the request's own thread, and all of it.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "The cleanup disposes them.")]
public class RecordingBenchmarks
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly IHeaderDictionary _headers = new HeaderDictionary { ["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
    private readonly AccessRecord _stream = Record(isStream: true);
    private readonly AccessRecord _plain = Record(isStream: false);
    private GatewayMeter _gateway = null!;
    private RequestMeter _meter = null!;
    private RequestTracer _off = null!;
    private RequestTracer _on = null!;
    private MeterProvider _metrics = null!;
    private TracerProvider _traces = null!;

    /// <summary>1: only what is scraped; 2: a collector gets the same.</summary>
    [Params(1, 2)]
    public int Readers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var options = new GatewayOptions { Endpoints = [new EndpointOptions { Port = 0, Priority = 1 }], Instances = [] };
        _gateway = new GatewayMeter();
        _meter = new RequestMeter(_gateway, new ModelLabel(new OptionsSnapshot(options)));
        _off = new RequestTracer(_gateway, new OptionsSnapshot(options), TimeProvider.System);
        _on = new RequestTracer(_gateway, new OptionsSnapshot(options with { OtlpEndpoint = "http://127.0.0.1:1" }), TimeProvider.System);
        MeterProviderBuilder metrics = Sdk.CreateMeterProviderBuilder().AddMeter(_gateway.Meter.Name);
        for (int i = 0; i < Readers; i++)
        {
            metrics.AddReader(new BaseExportingMetricReader(new Nowhere<Metric>()));
        }

        _metrics = metrics.Build();
        _traces = Sdk.CreateTracerProviderBuilder().AddSource(_on.Source!).AddProcessor(new BatchActivityExportProcessor(new Nowhere<System.Diagnostics.Activity>())).Build();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _metrics.Dispose();
        _traces.Dispose();
        _off.Dispose();
        _on.Dispose();
        _gateway.Dispose();
    }

    /// <summary>A stream that used tokens: all the instruments that a request can have.</summary>
    [Benchmark]
    public void Stream() => _meter.Write(_stream);

    /// <summary>A small answer, as the load runs ask for it.</summary>
    [Benchmark]
    public void Plain() => _meter.Write(_plain);

    [Benchmark]
    public void TracingOff() => _off.Begin(_headers, _plain)?.End(_plain);

    [Benchmark]
    public void TracingOn()
    {
        using var call = new HttpRequestMessage();
        RequestTrace trace = _on.Begin(_headers, _plain)!;
        trace.BeginCall(call.Headers, 1, "default", TimeSpan.Zero);
        trace.EndCall(_plain.Calls[0]);
        trace.End(_plain);
    }

    private static AccessRecord Record(bool isStream)
    {
        var record = new AccessRecord
        {
            RequestId = "0123456789abcdef",
            StartedAt = At,
            Started = TimeProvider.System.GetTimestamp(),
            Listener = "8080",
            Priority = 1,
            Method = "POST",
            Path = "/v1/chat/completions",
            Endpoint = "/v1/chat/completions",
            IsApi = true,
            Model = "gpt-4o-mini",
            Outcome = Outcome.Relayed,
            Status = 200,
            IsStream = isStream,
            InputTokens = 1200,
            OutputTokens = 300,
            Attempts = 1,
            FirstContent = TimeSpan.FromMilliseconds(300),
            Duration = TimeSpan.FromSeconds(4),
            Cache = CacheState.Bypass,
            Instance = "default",
        };
        record.Add(new AttemptRecord(
            1, "default", TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(4), TimeSpan.FromMilliseconds(200), AttemptEnd.Answered, Outcome.Relayed, 200, null));
        return record;
    }

    private sealed class Nowhere<T> : BaseExporter<T>
        where T : class
    {
        public override ExportResult Export(in Batch<T> batch) => ExportResult.Success;
    }
}
