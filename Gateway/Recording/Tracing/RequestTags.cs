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

    public static void Set(Activity span, AccessRecord record)
    {
        span.DisplayName = $"{record.Method} {record.Endpoint}";
        span.AddTag("http.request.method", record.Method);
        span.AddTag("http.route", record.Endpoint);
        span.AddTag("http.response.status_code", record.Status);
        span.AddTag("gen_ai.operation.name", OperationLabel.Of(record.Endpoint));
        span.AddTag("gateway.tier", record.Priority);
        span.AddTag("gateway.outcome", OutcomeLabel.Of(record.Outcome));
        span.AddTag("gateway.request_id", record.RequestId);
        span.AddTag("gateway.queue_ms", record.Queued.TotalMilliseconds);
        span.AddTag("gateway.attempts", record.Attempts);
        if (record.Model is { } model)
        {
            span.AddTag("gen_ai.request.model", model.Length <= LongestModel ? model : model[..LongestModel]);
        }

        Add(span, "gen_ai.usage.input_tokens", record.InputTokens ?? 0);
        Add(span, "gen_ai.usage.output_tokens", record.OutputTokens ?? 0);
        Add(span, "gateway.preemptions", record.Preemptions);
        Add(span, "gateway.retries", record.Retries);
        if (record.Caller is { } caller)
        {
            span.AddTag("gateway.caller", caller);
        }

        if (record.Cache != CacheState.Off)
        {
            span.AddTag("gateway.cache", OutcomeLabel.Of(record.Cache));
        }

        if (record.Status >= FirstServerError || record.Outcome is not (Outcome.Relayed or Outcome.Answered or Outcome.CallerGone))
        {
            span.AddTag("error.type", OutcomeLabel.Of(record.Outcome)).SetStatus(ActivityStatusCode.Error);
        }
    }

    private static void Add(Activity span, string name, long amount)
    {
        if (amount > 0)
        {
            span.AddTag(name, amount);
        }
    }
}
