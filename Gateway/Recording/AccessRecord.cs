using Gateway.Requests;

namespace Gateway.Recording;

/// <summary>
/// What one request leaves behind: exactly one record each, whatever became of it. Written by the request's own stages, then read only.
/// Never holds a key, a header value or a prompt.
/// </summary>
internal sealed class AccessRecord
{
    private List<AttemptRecord>? _calls;

    public required string RequestId { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The same moment on the process's monotonic clock (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public required long Started { get; init; }

    /// <summary>The listener's name.</summary>
    public required string Listener { get; init; }

    /// <summary>The listener's port.</summary>
    public int Port { get; init; }

    public required int Priority { get; init; }

    public required string Method { get; init; }

    /// <summary>The path without its query (a query may hold anything).</summary>
    public required string Path { get; init; }

    /// <summary>The route that was asked, from a closed set (<c>/v1/files/{id}</c>): safe as a label.</summary>
    public string Endpoint { get; set; } = EndpointTemplate.Other;

    /// <summary>It asked the API, if only by a path that is refused, not one of the gateway's own routes: what counts as a request, and what does not.</summary>
    public bool IsApi { get; set; }

    /// <summary>Safe name of the caller; null without client keys.</summary>
    public string? Caller { get; set; }

    public string? Model { get; set; }

    public bool IsStream { get; set; }

    /// <summary>Names of the tools the request offers.</summary>
    public IReadOnlyList<string> Tools { get; set; } = [];

    /// <summary>Types of those tools, each once.</summary>
    public IReadOnlyList<string> ToolTypes { get; set; } = [];

    public long RequestBytes { get; set; }

    public long ResponseBytes { get; set; }

    /// <summary>A guess from the body's size until the upstream's <c>usage</c> is known.</summary>
    public long EstimatedInputTokens { get; set; }

    /// <summary>From the upstream's <c>usage</c>, else counted; null when no call delivered anything, or it cost no tokens.</summary>
    public long? InputTokens { get; set; }

    /// <summary>From the upstream's <c>usage</c>, else counted from the text that passed; null as above, and for embeddings.</summary>
    public long? OutputTokens { get; set; }

    /// <summary>The tokens were counted here: the upstream told none.</summary>
    public bool IsUsageCounted { get; set; }

    /// <summary>The answer was cut off or left: the tokens are those up to there.</summary>
    public bool IsUsagePartial { get; set; }

    public Outcome Outcome { get; set; }

    public CacheState Cache { get; set; }

    public int Status { get; set; }

    /// <summary>Name of the instance of the last attempt.</summary>
    public string? Instance { get; set; }

    /// <summary>Why the upstream failed, in the words of <c>FailureWords</c>: for the log, and, where it opens a circuit, the admin routes and the dashboard.</summary>
    public string? Failure { get; set; }

    /// <summary>The upstream's own <c>x-request-id</c>: the one the caller sees, if the upstream sent one.</summary>
    public string? UpstreamRequestId { get; set; }

    /// <summary>Upstream calls begun, the running one included.</summary>
    public int Attempts { get; set; }

    /// <summary>The upstream calls that are over, in their order: as many as <see cref="Attempts"/> at the end.</summary>
    public IReadOnlyList<AttemptRecord> Calls => _calls ?? (IReadOnlyList<AttemptRecord>)[];

    /// <summary>Calls that were interrupted for more urgent work, whether or not another followed.</summary>
    public int Preemptions { get; set; }

    public int Retries { get; set; }

    /// <summary>Attempts that may have repeated work an earlier one had done, unanswered.</summary>
    public int PossibleDuplicates { get; set; }

    /// <summary>Time spent waiting for slots.</summary>
    public TimeSpan Queued { get; set; }

    /// <summary>Arrival to first content handed to the caller; null when there was none.</summary>
    public TimeSpan? FirstContent { get; set; }

    public TimeSpan Duration { get; set; }

    /// <summary>Slot time of discarded attempts.</summary>
    public TimeSpan Wasted { get; set; }

    public long WastedTokens { get; set; }

    /// <summary>
    /// It was answered with 400 or above, or its answer ended before its end. Whoever leaves got no error.
    /// </summary>
    public bool IsError => Outcome switch
    {
        Outcome.Pending or Outcome.Relayed or Outcome.Answered => Status >= StatusCodes.Status400BadRequest,
        Outcome.CallerGone => false,
        _ => true,
    };

    /// <summary>One of its calls is over.</summary>
    public void Add(in AttemptRecord call)
    {
        (_calls ??= new List<AttemptRecord>(1)).Add(call);
        Preemptions += call.End == AttemptEnd.Preempted ? 1 : 0;
    }
}
