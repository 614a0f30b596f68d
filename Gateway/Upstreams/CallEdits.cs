using Gateway.Requests;

namespace Gateway.Upstreams;

/// <summary>The edits of one upstream call.</summary>
/// <param name="Body">What of the request's body is sent otherwise, in order; may be empty.</param>
/// <param name="Answer">What to edit in the answer; null for nothing.</param>
/// <param name="RemovedParameters">Names of the parameters removed, as one header value; null when there are none.</param>
internal sealed record CallEdits(IReadOnlyList<BodySplice> Body, AnswerEdits? Answer, string? RemovedParameters);
