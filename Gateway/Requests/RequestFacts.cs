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

    /// <summary>Where the members lie that some instance may have to edit, in the order of the body. Empty when no instance edits any.</summary>
    public IReadOnlyList<BodyMember> Members { get; init; } = [];

    /// <summary><c>encoding_format</c> is <c>base64</c>. Only told when an instance edits it.</summary>
    public bool AsksBase64 { get; init; }

    public BodyMember? Member(string name)
    {
        foreach (BodyMember member in Members)
        {
            if (member.Name == name)
            {
                return member;
            }
        }

        return null;
    }
}
