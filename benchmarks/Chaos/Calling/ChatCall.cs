namespace Chaos.Calling;

/// <summary>What a caller asks for, and how the upstream is to serve it. Milliseconds.</summary>
internal sealed record ChatCall(string Id)
{
    public int Tier { get; init; } = 1;

    public bool IsStream { get; init; }

    public int Tokens { get; init; } = 4;

    public int TtftMs { get; init; }

    /// <summary>Per second; 0 = all at once.</summary>
    public int Pace { get; init; }

    /// <summary>A fault of the simulator's, such as <c>reset-after:2</c>; none by default.</summary>
    public string? Fail { get; init; }

    public int? Status { get; init; }

    /// <summary>Is the same question always the same answer?</summary>
    public bool IsCacheable { get; init; }

    /// <summary>Characters that the prompt is long.</summary>
    public int PromptLength { get; init; } = 32;

    /// <summary>What the prompt is about; the same is the same question.</summary>
    public string Subject { get; init; } = "anything";
}
