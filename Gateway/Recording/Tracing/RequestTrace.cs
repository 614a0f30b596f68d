using System.Diagnostics;
using System.Net.Http.Headers;

namespace Gateway.Recording.Tracing;

/// <summary>The spans of one request: itself, each wait for a slot, and each upstream call, in which an event tells where the relay of its answer begins.</summary>
/// <param name="spans">Makes them.</param>
/// <param name="request">The span of the whole, begun.</param>
/// <param name="isPart">It goes on with the caller's trace.</param>
internal sealed class RequestTrace(SpanSource spans, Activity request, bool isPart)
{
    /// <summary>Shorter waits are none: the slot was free.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private Activity? _call;
    private TimeSpan _waited;

    /// <summary>An upstream call begins: it carries its span's id in the place of the caller's.</summary>
    /// <param name="headers">Of the call, with those of the caller.</param>
    /// <param name="number">Of the attempt.</param>
    /// <param name="instance">Who is called.</param>
    /// <param name="waited">Time waited for slots so far.</param>
    public void BeginCall(HttpRequestHeaders headers, int number, string instance, TimeSpan waited)
    {
        DateTimeOffset now = spans.Now;
        AddWait(waited, now);
        _call = spans.Begin($"call {instance}", ActivityKind.Client, request.Context, now);
        _call?.AddTag("gateway.instance", instance).AddTag("gateway.attempt", number);
        headers.Remove(RequestTracer.Parent);
        headers.TryAddWithoutValidation(RequestTracer.Parent, (_call ?? request).Id);
        if (!isPart)
        {
            headers.Remove(RequestTracer.State);
        }
    }

    public void EndCall(in AttemptRecord call)
    {
        if (_call is not { } span)
        {
            return;
        }

        _call = null;
        DateTimeOffset end = spans.At(call.StartedAfter + call.Duration);
        if (span.IsAllDataRequested)
        {
            Describe(span, call);
            if (call.TimeToHead is { } head && call.End != AttemptEnd.Preempted)
            {
                // No span of its own: it ends with the call, and one more for each request is what traces cost most.
                span.AddEvent(new ActivityEvent("relay", spans.At(call.StartedAfter + head)));
            }
        }

        SpanSource.End(span, end);
    }

    /// <summary>The request is over, and its record closed.</summary>
    public void End(AccessRecord record)
    {
        DateTimeOffset end = spans.At(record.Duration);
        if (_call is { } left)
        {
            // Whoever should have ended it met a bug.
            SpanSource.End(left, end);
        }

        if (!record.IsApi)
        {
            // Of a route of the gateway's own: nobody asks how a scrape came about.
            request.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
        else if (request.IsAllDataRequested)
        {
            AddWait(record.Queued, end);
            RequestTags.Set(request, record);
        }

        SpanSource.End(request, end);
    }

    private void AddWait(TimeSpan waited, DateTimeOffset until)
    {
        TimeSpan wait = waited - _waited;
        _waited = waited;
        if (wait >= ShortestWait && request.IsAllDataRequested)
        {
            spans.Add("queue", request.Context, until - wait, until);
        }
    }

    private static void Describe(Activity span, in AttemptRecord call)
    {
        span.AddTag("gateway.end", OutcomeLabel.Of(call.End));
        if (call.Status > 0)
        {
            span.AddTag("http.response.status_code", call.Status);
        }

        if (call.PreemptedBy is { } by)
        {
            span.AddTag("gateway.preempted_by_tier", by);
        }

        if (call.End == AttemptEnd.Failed)
        {
            span.AddTag("error.type", OutcomeLabel.Of(call.Outcome)).SetStatus(ActivityStatusCode.Error);
        }
    }
}
