using System.Diagnostics;

namespace Gateway.Recording.Tracing;

/// <summary>Makes the spans of one request, on the clock of its record.</summary>
internal sealed class SpanSource(ActivitySource source, TimeProvider time, AccessRecord record)
{
    public DateTimeOffset Now => At(time.GetElapsedTime(record.Started));

    /// <param name="sinceStart">Time since the request began.</param>
    public DateTimeOffset At(TimeSpan sinceStart) => record.StartedAt + sinceStart;

    /// <summary>Null when nobody wants it.</summary>
    public Activity? Begin(string name, ActivityKind kind, ActivityContext parent, DateTimeOffset at)
    {
        // Nothing here follows the current activity, and nothing that is started meanwhile (connections, timers) shall keep one alive.
        Activity? current = Activity.Current;
        Activity.Current = null;
        try
        {
            return source.StartActivity(name, kind, parent, tags: null, links: null, at);
        }
        finally
        {
            Activity.Current = current;
        }
    }

    /// <summary>One that is over already.</summary>
    public void Add(string name, ActivityContext parent, DateTimeOffset from, DateTimeOffset to)
    {
        if (Begin(name, ActivityKind.Internal, parent, from) is { } span)
        {
            End(span, to);
        }
    }

    public static void End(Activity span, DateTimeOffset at)
    {
        Activity? current = Activity.Current;
        span.SetEndTime(at.UtcDateTime);
        span.Stop();
        Activity.Current = current;
    }
}
