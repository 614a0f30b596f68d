using Gateway.Authentication;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>Books every attempt on its instance: what it counts for, what it says about the instance's health, and whether that asked for a pause.</summary>
internal sealed class AttemptAccount(InstanceGates gates, TokenWindows windows)
{
    /// <summary>An instance is asked again after this long, whatever it said.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);


    /// <summary>Returns the generation of the circuit in which the attempt begins.</summary>
    public static int Begin(InstanceState instance)
    {
        instance.Usage.Began();
        return instance.Health.Begin();
    }

    /// <summary>A probe has told what it is for once the head is there: a long stream must not keep the instance at one slot.</summary>
    public static void HeadArrived(InstanceState instance, int generation, int status, Caller caller)
    {
        if (!IsAgainst(instance, status, caller) && instance.Health.State == CircuitState.HalfOpen)
        {
            instance.Health.Succeeded(generation);
        }
    }

    public void End(InstanceState instance, int generation, in CallEnd end, Exchange exchange, HttpRequest request)
    {
        int status = end.Failure?.Status ?? end.Status;
        if ((end.Failure is null && status == 0) || end.Failure?.Outcome == Outcome.UpstreamTotalTimeout)
        {
            // Interrupted, left by its caller, or longer than we let any call be: that says nothing about the instance.
            return;
        }

        bool isAgainst = end.Failure is { AgainstInstance: true } || IsAgainst(instance, status, exchange.Caller);
        bool isFailure = end.Failure is not null || isAgainst || status is 408 or 429;
        if (!isFailure)
        {
            instance.Usage.Succeeded(end.TimeToHead, (exchange.Record.InputTokens ?? 0) + (exchange.Record.OutputTokens ?? 0));
        }
        else
        {
            instance.Usage.Failed(end.Failure?.Outcome ?? Outcome.Relayed, status == 0 ? null : status,
                isCallersOwn: status == StatusCodes.Status429TooManyRequests && IsCallersOwn(request, exchange.Caller));
        }

        if (isAgainst)
        {
            Outcome outcome = end.Failure?.Outcome ?? Outcome.Relayed;
            string reason = status > 0 ? $"status {status}" : exchange.Record.Failure ?? outcome.ToString();
            instance.Health.Failed(generation, reason, unanswered: !FailurePolicy.IsServersFault(status));
        }
        else if (end.Failure?.Outcome == Outcome.UpstreamRedirected)
        {
            instance.Health.Doubted(generation);
        }
        else if (status > 0)
        {
            instance.Health.Succeeded(generation);
        }

        gates.RateAfter(isFailure);
    }

    /// <summary>
    /// Nobody is sent to an instance that is used up. Only its own key can be: a refusal of a key that a caller brought, or that is mapped
    /// to the caller, concerns that caller alone.
    /// </summary>
    public static void Pause(InstanceState instance, in Failure failure, TimeSpan otherwise, HttpRequest request, Caller caller)
    {
        if (failure.IsWindow && !IsCallersOwn(request, caller))
        {
            TimeSpan pause = failure.RetryTime ?? otherwise;
            instance.Health.Pause(pause < LongestPause ? pause : LongestPause);
        }
    }

    /// <summary>What the upstream says is left, if that concerns everybody: with an instance's own window.</summary>
    public void Reconcile(InstanceState instance, HttpResponseMessage answer, HttpRequest request, Caller caller)
    {
        if (instance.Window is not null && !IsCallersOwn(request, caller))
        {
            _ = windows.ReconcileAsync(instance, answer.Headers.NonValidated);
        }
    }

    /// <summary>The upstream sees a key of the caller's: what it says about limits concerns that key.</summary>
    private static bool IsCallersOwn(HttpRequest request, Caller caller) =>
        caller.IsReplaced ? caller.UpstreamKey is not null : HeaderRules.ShowsCaller(request);

    /// <summary>Its own key refused, or a fault of the server's. A refusal of a key that only this caller has is between the two.</summary>
    private static bool IsAgainst(InstanceState instance, int status, Caller caller) =>
        FailurePolicy.IsServersFault(status)
        || (status == StatusCodes.Status401Unauthorized && caller.IsReplaced
            && (instance.Options.Auth == InstanceAuth.Entra || (caller.UpstreamKey is null && !string.IsNullOrEmpty(instance.Options.ApiKey))));
}
