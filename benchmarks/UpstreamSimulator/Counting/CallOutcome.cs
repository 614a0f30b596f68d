namespace UpstreamSimulator;

/// <summary>How a call ended.</summary>
public enum CallOutcome
{
    /// <summary>It has not ended.</summary>
    Live,

    /// <summary>The whole answer was produced.</summary>
    Completed,

    /// <summary>Answered with an error: over the concurrency limit, a bad request, or <c>x-sim-status</c>.</summary>
    Refused,

    /// <summary>The client closed the connection first.</summary>
    Aborted,

    /// <summary>Ended by a scripted fault (<c>x-sim-fail</c>).</summary>
    Failed,
}
