using Gateway.Authentication;
using Gateway.Configuration;
using Gateway.Listeners;
using Gateway.Recording;
using Gateway.Recording.Tracing;
using Gateway.Scheduling;

namespace Gateway.Requests;

/// <summary>One request and what the stages learned about it, in the order they learn it. Lives as long as its <c>HttpContext</c>.</summary>
internal sealed class Exchange(Listener listener, AccessRecord record)
{
    private TierPolicy? _inherited;

    public Listener Listener { get; } = listener;

    public AccessRecord Record { get; } = record;

    /// <summary>Set by recording; null when nothing is traced.</summary>
    public RequestTrace? Trace { get; init; }

    /// <summary>Set by <see cref="ApiRoute"/>, for requests of the API.</summary>
    public ApiRoute? Route { get; set; }

    /// <summary>Set by authentication.</summary>
    public Caller Caller { get; set; } = Caller.PassThrough;

    /// <summary>Set by the limits: how the caller's requests stand. Null without a limit.</summary>
    public Quota? RequestQuota { get; set; }

    /// <summary>Set by the limits: makes it count for none of the caller's requests. Null when it counts for none.</summary>
    public Func<ValueTask>? Uncount { get; set; }

    /// <summary>Set by the limits: how the caller's tokens stand. Null without a limit.</summary>
    public Quota? TokenQuota { get; set; }

    /// <summary>Set by whoever settles by what the request has cost: the upstream is to tell it.</summary>
    public bool NeedsUsage { get; set; }

    /// <summary>Set by the limits: to be told how many tokens it has cost, when it is over; by a session that may stay open for long, also on the way.</summary>
    public Func<long, ValueTask>? TokensSpent { get; set; }

    /// <summary>Set by request reading.</summary>
    public ApiRequest? Request { get; set; }

    /// <summary>Tokens of the prompt, once somebody needed the count.</summary>
    public long? PromptTokens { get; set; }

    /// <summary>Set by the stage that ended the request without an answer; the errors stage turns it into one.</summary>
    public RequestError? Error { get; private set; }

    /// <summary>Set by each attempt: names of the parameters that its upstream would have refused, for the caller to know. Null for none.</summary>
    public string? RemovedParameters { get; set; }

    /// <summary>Set by each attempt whose answer is relayed: the instance that gave it, as it was configured then.</summary>
    public InstanceOptions? AnsweredBy { get; set; }

    /// <summary>Set by the relay: the stream that was begun stands at the end of a whole event, so that an error event may follow.</summary>
    public bool IsAtEventEnd { get; set; }

    /// <summary>Set by forwarding: the gateway has retried, or may not. A caller that retried too would multiply the load on an upstream in trouble.</summary>
    public bool IsTriedEnough { get; set; }

    /// <summary>
    /// How urgent it is: as its port, or as the most urgent of those who wait for its answer too. Whoever hands it to the scheduler looks again
    /// once that has it (<see cref="Item"/>): one of the two sees the other.
    /// </summary>
    public TierPolicy Policy => Volatile.Read(ref _inherited) ?? Listener.Policy;

    /// <summary>Set by forwarding once the scheduler has it.</summary>
    public WorkItem? Item { get; private set; }

    /// <summary>Somebody more urgent waits for this too. Returns the item to promote if the scheduler has it already.</summary>
    public WorkItem? Inherit(TierPolicy policy)
    {
        Volatile.Write(ref _inherited, policy);
        Interlocked.MemoryBarrier();
        return Item;
    }

    /// <summary>The scheduler has it. Returns the policy to promote it to, when that came too late for the item.</summary>
    public TierPolicy? Enqueued(WorkItem item)
    {
        Item = item;
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _inherited) is { } policy && policy.Priority < item.Policy.Priority ? policy : null;
    }

    /// <summary>Ends the request here: the stage returns without calling the next one.</summary>
    public Task Fail(RequestError error)
    {
        Error = error;
        Record.Outcome = error.Outcome;
        return Task.CompletedTask;
    }

    /// <summary>Every stage asks, so by the type itself: to find the way to it by a type parameter takes longer.</summary>
    public static Exchange Of(HttpContext context) => (Exchange)context.Features[typeof(Exchange)]!;
}
