using System.Diagnostics;
using Gateway.Recording.Metrics;
using Gateway.Requests;

namespace Gateway.Recording.Tracing;

/// <summary>What the span of a request tells: what its access record does, less the path, which may hold anything.</summary>
internal static class RequestTags
{
    private const int FirstServerError = 500;

    /// <summary>A name is a caller's own text.</summary>
    private const int LongestModel = 128;

    public static void Set(Activity span, AccessRecord record, string operation)
    {
        span.DisplayName = $"{record.Method} {record.Endpoint}";
        span.SetTag("http.request.method", record.Method);
        span.SetTag("http.route", record.Endpoint);
        span.SetTag("http.response.status_code", record.Status);
        span.SetTag("gen_ai.operation.name", operation);
        span.SetTag("gateway.tier", record.Priority);
        span.SetTag("gateway.outcome", OutcomeLabel.Of(record.Outcome));
        span.SetTag("gateway.request_id", record.RequestId);
        span.SetTag("gateway.queue_ms", record.Queued.TotalMilliseconds);
        span.SetTag("gateway.attempts", record.Attempts);
        if (record.Model is { } model)
        {
            span.SetTag("gen_ai.request.model", model.Length <= LongestModel ? model : model[..LongestModel]);
        }

        Add(span, "gen_ai.usage.input_tokens", record.InputTokens ?? 0);
        Add(span, "gen_ai.usage.output_tokens", record.OutputTokens ?? 0);
        Add(span, "gateway.preemptions", record.Preemptions);
        Add(span, "gateway.retries", record.Retries);
        if (record.Caller is { } caller)
        {
            span.SetTag("gateway.caller", caller);
        }

        if (record.Cache != CacheState.Off)
        {
            span.SetTag("gateway.cache", OutcomeLabel.Of(record.Cache));
        }

        if (record.Status >= FirstServerError || record.Outcome is not (Outcome.Relayed or Outcome.CallerGone))
        {
            span.SetTag("error.type", OutcomeLabel.Of(record.Outcome)).SetStatus(ActivityStatusCode.Error);
        }
    }

    private static void Add(Activity span, string name, long amount)
    {
        if (amount > 0)
        {
            span.SetTag(name, amount);
        }
    }
}
