namespace Gateway.Upstreams;

/// <summary>What a call will take of its instance's token window, as far as can be told before it is made.</summary>
/// <param name="Prompt">Tokens of the prompt.</param>
/// <param name="Output">Tokens of the answer that the caller allows, or that are to be expected.</param>
internal readonly record struct TokenDemand(long Prompt, long Output)
{
    public long Total => Prompt + Output;
}
