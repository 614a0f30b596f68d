using Gateway.Requests;
using Gateway.Scheduling;

namespace Gateway.Upstreams;

/// <summary>Why no instance can take a request, in words for the caller that name no instance, and when to come back.</summary>
internal static class InstanceAbsence
{
    public static RequestError Of(InstanceTable instances, string? model, InstanceSet serving, TimeSpan retryAfter)
    {
        int open = 0;
        int disabled = 0;
        TimeSpan? soonest = null;
        foreach (InstanceState instance in instances.All)
        {
            if (!instance.Options.Enabled)
            {
                disabled += instance.Knows(model) ? 1 : 0;
            }
            else if (serving.Contains(instance.Index) && instance.Health.State == CircuitState.Open)
            {
                open++;
                soonest = soonest is { } time && time < instance.Health.ProbeIn ? time : instance.Health.ProbeIn;
            }
        }

        string why = (open, disabled) switch
        {
            (0, 0) => "None is configured for it any more.",
            (0, _) => "All that serve it are disabled.",
            (_, 0) => "All that serve it have failed repeatedly and are left alone for a time.",
            _ => "Some that serve it are disabled, the others have failed repeatedly and are left alone for a time.",
        };
        return new RequestError(Outcome.NoInstance, why, RetryAfter: soonest ?? retryAfter);
    }
}
