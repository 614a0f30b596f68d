using System.Diagnostics.CodeAnalysis;
using Gateway.Listeners;
using Gateway.Recording.Tracing;
using Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gateway.Recording;

/// <summary>The outermost stage: opens the access record, always closes it, exactly once, and hands it to the sinks.</summary>
internal sealed partial class RecordingStage(IEnumerable<IAccessSink> sinks, RequestTracer tracer, TimeProvider time, ILogger<RecordingStage> logger)
{
    private const int MaxRequestIdLength = 128;

    /// <summary>What a caller may write into each line of the log: a path of the API has a tenth of it.</summary>
    private const int MaxPathLength = 512;

    private const int MaxMethodLength = 32;

    private readonly IAccessSink[] _sinks = [.. sinks];

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        long started = time.GetTimestamp();
        Listener listener = context.Features.GetRequiredFeature<Listener>();
        string requestId = RequestIdOf(context.Request.Headers["x-request-id"]);
        var record = new AccessRecord
        {
            RequestId = requestId,
            StartedAt = time.GetUtcNow(),
            Started = started,
            Listener = listener.Name,
            Port = listener.Port,
            Priority = listener.Policy.Priority,
            Method = Cut(context.Request.Method, MaxMethodLength),
            Path = Cut(context.Request.Path.Value ?? "", MaxPathLength),
        };
        var exchange = new Exchange(listener, record) { Trace = tracer.Begin(context.Request.Headers, record) };
        context.Features.Set(exchange);
        context.Response.Headers["x-request-id"] = requestId;
        try
        {
            await next(context);
        }
        finally
        {
            record.Duration = time.GetElapsedTime(started);
            record.Status = context.Response.StatusCode;
            record.Endpoint = exchange.Route is { } route ? EndpointTemplate.Of(route.Path) : OwnRoute(context);
            Write(record);
            exchange.Trace?.End(record);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "The answer is out: a bug in one of those who write it down is neither the caller's business nor the others'.")]
    private void Write(AccessRecord record)
    {
        foreach (IAccessSink sink in _sinks)
        {
            try
            {
                sink.Write(record);
            }
            catch (Exception e)
            {
                Log.SinkFailed(logger, e, sink.GetType().Name, record.RequestId);
            }
        }
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];

    private static string OwnRoute(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? EndpointTemplate.Other;

    /// <summary>The caller's own id when it is a plain short word (it comes back in headers and logs), else a new one.</summary>
    private static string RequestIdOf(StringValues sent) =>
        sent.Count == 1 && sent[0] is { Length: > 0 and <= MaxRequestIdLength } id && id.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0
            ? id
            : NewRequestId();

    /// <summary>As unlikely to come twice as a GUID, without its call to the operating system. It is no secret: nothing hangs on its being hard to guess.</summary>
    private static string NewRequestId()
    {
        Span<byte> random = stackalloc byte[16];
        Random.Shared.NextBytes(random);
        return Convert.ToHexStringLower(random);
    }

    private static partial class Log
    {
        [LoggerMessage(2004, LogLevel.Error, "{Sink} met a bug: request {RequestId} is not in it")]
        public static partial void SinkFailed(ILogger logger, Exception exception, string sink, string requestId);
    }
}
