namespace Gateway.Tests.Conservation;

/// <summary>One call of the mix.</summary>
internal sealed record MixedCall
{
    /// <summary>Request id at the gateway and nonce at the upstream: the name under which all books know it.</summary>
    public required string Id { get; init; }

    /// <summary>What it is, for a message.</summary>
    public required string Kind { get; init; }

    public required int Tier { get; init; }

    public HttpMethod Method { get; init; } = HttpMethod.Post;

    public string Path { get; init; } = "/v1/chat/completions";

    public string? Body { get; init; }

    /// <summary>What the upstream is to do, as <c>name=value</c>.</summary>
    public IReadOnlyList<string> Knobs { get; init; } = [];

    public string Key { get; init; } = "sk-anna";

    public Departure Leaves { get; init; }

    /// <summary>Of a departure at any moment.</summary>
    public TimeSpan LeavesAfter { get; init; }
}
