using System.Diagnostics;
using Gateway.Configuration;
using Gateway.Recording.Metrics;
using Microsoft.Extensions.Primitives;

namespace Gateway.Recording.Tracing;

/// <summary>Begins the trace of a request, or goes on with its caller's (W3C Trace Context). Off without <c>otlp_endpoint</c>: then there is none.</summary>
internal sealed class RequestTracer : IDisposable
{
    public const string Parent = "traceparent";

    public const string State = "tracestate";

    /// <summary>As much as W3C Trace Context asks everybody to pass on. A longer one goes to the upstream and into no span.</summary>
    private const int MaxState = 512;

    private readonly ActivitySource? _source;
    private readonly TimeProvider _time;

    public RequestTracer(GatewayMeter gateway, OptionsSnapshot options, TimeProvider time)
    {
        _time = time;
        _source = options.Current.OtlpEndpoint.Length > 0 ? new ActivitySource(gateway.Meter.Name, gateway.Meter.Version) : null;
    }

    /// <summary>What the exporter listens to; null when it is off.</summary>
    public string? Source => _source?.Name;

    /// <summary>Null when nothing is traced.</summary>
    public RequestTrace? Begin(IHeaderDictionary headers, AccessRecord record) => _source is null ? null : BeginWith(_source, headers, record);

    public void Dispose() => _source?.Dispose();

    private RequestTrace? BeginWith(ActivitySource source, IHeaderDictionary headers, AccessRecord record)
    {
        StringValues state = headers[State];
        bool isPart = ActivityContext.TryParse(
            headers[Parent] is [{ } parent] ? parent : null, state is [{ Length: <= MaxState } vendors] ? vendors : null, isRemote: true, out ActivityContext caller);
        var spans = new SpanSource(source, _time, record);
        return spans.Begin(record.Method, ActivityKind.Server, caller, record.StartedAt) is { } span ? new RequestTrace(spans, span, isPart) : null;
    }
}
