namespace UpstreamSimulator.Requests;

/// <summary>The scripted faults of <c>x-sim-fail</c>.</summary>
internal enum FailKind
{
    None,

    /// <summary><c>reset-before-headers</c>: the connection is reset instead of an answer.</summary>
    ResetBeforeHeaders,

    /// <summary><c>reset-after:n</c>: the connection is reset after n chunks (of a plain answer: after the time of n tokens).</summary>
    ResetAfter,

    /// <summary><c>hang</c>: nothing more is sent, ever.</summary>
    Hang,

    /// <summary><c>truncate:n</c>: the connection is closed after n bytes of the body, without the body's end.</summary>
    Truncate,

    /// <summary><c>no-done</c>: a stream ends cleanly, its last event (<c>[DONE]</c>, <c>response.completed</c>) missing.</summary>
    NoDone,

    /// <summary><c>no-finish</c>: a stream ends cleanly after its content, without finish reason, usage and last event.</summary>
    NoFinish,
}
