namespace Gateway.Tokenization;

/// <summary>Which vocabulary a model has. Names are matched by their beginning, so that dated versions and deployments named after a model fit.</summary>
internal static class ModelVocabulary
{
    /// <summary>The older models; everything else, and what nobody has heard of yet, is o200k.</summary>
    private static readonly string[] Cl100k = ["gpt-4", "gpt-3.5", "gpt-35", "text-embedding-", "davinci-002", "babbage-002"];

    /// <summary>Begin like an older model, but are none.</summary>
    private static readonly string[] O200k = ["gpt-4o", "gpt-4.1", "gpt-4.5", "gpt-41", "gpt-45"];

    public static Tokenizer Of(string? model)
    {
        ReadOnlySpan<char> name = BaseOf(model);
        return StartsWithAny(name, Cl100k) && !StartsWithAny(name, O200k) ? Tokenizer.Cl100k : Tokenizer.O200k;
    }

    /// <summary>The name without what stands around it: <c>ft:gpt-4o-mini:org::id</c>, <c>openai/gpt-4o</c>.</summary>
    public static ReadOnlySpan<char> BaseOf(string? model)
    {
        ReadOnlySpan<char> name = model;
        name = name[(name.LastIndexOf('/') + 1)..];
        if (name.StartsWith("ft:", StringComparison.OrdinalIgnoreCase))
        {
            name = name[3..];
            return name.IndexOf(':') is var colon and >= 0 ? name[..colon] : name;
        }

        return name;
    }

    private static bool StartsWithAny(ReadOnlySpan<char> name, string[] beginnings)
    {
        foreach (string beginning in beginnings)
        {
            if (name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
