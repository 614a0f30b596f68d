using UpstreamSimulator.Counting;

namespace UpstreamSimulator;

/// <summary>For scripts given to <see cref="SimulatorHost.Respond"/>.</summary>
public static class SimulatorCallExtensions
{
    /// <summary>
    /// Ends the call in the counters. A script calls it just before it writes its last bytes, so that a client which has read the
    /// whole answer never finds the call still live; otherwise the call ends when the script returns.
    /// </summary>
    public static void EndCall(this HttpContext context, CallOutcome outcome = CallOutcome.Completed) =>
        context.Features.Get<LiveCall>()?.End(outcome);
}
