namespace Gateway.Caching;

/// <summary>What an answer must look like to count as whole.</summary>
internal enum AnswerKind
{
    /// <summary>Of no endpoint whose answers are kept.</summary>
    Unknown,

    /// <summary>Chat or completions: every choice has come to its natural end.</summary>
    Choices,

    Embeddings,

    /// <summary>The list of models.</summary>
    Models,

    /// <summary>Whatever a GET brings.</summary>
    Read,
}
