namespace Gateway.Requests;

/// <summary>Why a request cannot be served, as a stage found it. What it looks like on the wire is not the stage's business.</summary>
/// <param name="Outcome">The kind of end.</param>
/// <param name="Detail">What is special about this case, in words for the caller; never a key, header value or prompt.</param>
/// <param name="Param">The body key concerned.</param>
/// <param name="RetryAfter">When another try may succeed; zero when unknown.</param>
internal sealed record RequestError(Outcome Outcome, string? Detail = null, string? Param = null, TimeSpan RetryAfter = default)
{
    /// <summary>Two readers may take it for two different requests: it goes nowhere, whatever it calls itself.</summary>
    public bool IsAmbiguous { get; init; }

    /// <summary>What the caller may name instead; null where that is no answer.</summary>
    public IReadOnlyList<string>? AllowedFields { get; init; }
}
