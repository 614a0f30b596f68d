namespace Gateway.Requests;

/// <summary>What the gateway reads in a JSON body; everything else in it is the upstream's business.</summary>
internal sealed record RequestFacts
{
    /// <summary>No number of tokens is taken for more: a thousand times what any limit can be, and far from where sums overflow.</summary>
    public const long MostTokens = 1_000_000_000_000;

    public static RequestFacts None { get; } = new();

    public string? Model { get; init; }

    public bool IsStream { get; init; }

    /// <summary>The most output tokens asked for, by whichever of its three names; <see cref="MostTokens"/> at most.</summary>
    public long? MaxOutputTokens { get; init; }

    /// <summary>Answers asked for (<c>n</c>), 1 by default.</summary>
    public long Choices { get; init; } = 1;

    /// <summary>Names of the tools offered: the function's name, or the type of a built-in one.</summary>
    public IReadOnlyList<string> Tools { get; init; } = [];

    /// <summary>Types of those tools, each once: <c>function</c>, <c>web_search</c>.</summary>
    public IReadOnlyList<string> ToolTypes { get; init; } = [];

    /// <summary><c>temperature</c> is 0, however it is written. False when it is not set.</summary>
    public bool IsTemperatureZero { get; init; }

    /// <summary><c>seed</c> is a number.</summary>
    public bool HasSeed { get; init; }

    /// <summary><c>stream_options.include_usage</c> is true: the caller expects the chunk with the usage.</summary>
    public bool IncludesUsage { get; init; }

    /// <summary>What a stream's request lacks to ask for its usage; the default when it is no stream, asks already, or says something odd there.</summary>
    public UsagePlace UsagePlace { get; init; }

    /// <summary>Where the members lie that some instance may have to edit, in the order of the body. Empty when no instance edits any.</summary>
    public IReadOnlyList<BodyMember> Members { get; init; } = [];

    /// <summary>Where the bytes of <see cref="Model"/> lie in a form; null for all else.</summary>
    public (long Offset, int Length)? ModelField { get; init; }

    /// <summary><c>encoding_format</c> is <c>base64</c>. Only told when an instance edits it.</summary>
    public bool AsksBase64 { get; init; }
}
