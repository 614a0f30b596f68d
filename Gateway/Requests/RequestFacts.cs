namespace Gateway.Requests;

/// <summary>What the gateway reads in a JSON body; everything else in it is the upstream's business.</summary>
internal sealed record RequestFacts
{
    public static RequestFacts None { get; } = new();

    public string? Model { get; init; }

    public bool IsStream { get; init; }

    /// <summary>The most output tokens asked for, by whichever of its three names.</summary>
    public long? MaxOutputTokens { get; init; }

    /// <summary>Answers asked for (<c>n</c>), 1 by default.</summary>
    public long Choices { get; init; } = 1;

    /// <summary>Names of the tools offered: the function's name, or the type of a built-in one.</summary>
    public IReadOnlyList<string> Tools { get; init; } = [];
}
