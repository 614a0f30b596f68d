using System.Diagnostics.CodeAnalysis;
using Gateway.Requests;

namespace Gateway.Tokenization;

/// <summary>What a request costs in tokens: its prompt exactly, its answer as far as can be told before.</summary>
[SuppressMessage("Performance", "CA1822", Justification = "Stages hold one estimator; which of its answers need a state is its business.")]
internal sealed class TokenEstimator
{
    private readonly OutputAverages _averages = new();

    /// <summary>Tokens of the prompt: counted the first time, kept after that. 0 where bodies tell nothing (uploads, moderations).</summary>
    public long PromptOf(Exchange exchange)
    {
        if (exchange.PromptTokens is { } known)
        {
            return known;
        }

        long tokens = exchange.Request is { } request ? PromptTokens.Of(request) : 0;
        exchange.PromptTokens = tokens;
        return tokens;
    }

    /// <summary>The most tokens the answer may have, where the caller says; else as many as this model's answers had lately.</summary>
    public long OutputOf(Exchange exchange)
    {
        if (exchange.Request is not { } request || !ApiOperations.HasOutput(request.Operation))
        {
            return 0;
        }

        // What the caller makes of it is added to: it must be far from where a sum turns negative, which would fit every limit.
        long each = request.Facts.MaxOutputTokens ?? _averages.Of(request.Facts.Model);
        long choices = Math.Max(1, request.Facts.Choices);
        return each > RequestFacts.MostTokens / choices ? RequestFacts.MostTokens : each * choices;
    }

    /// <summary>Takes an answer into the model's average.</summary>
    /// <param name="model">As the caller named it.</param>
    /// <param name="outputTokens">Of one answer (one choice).</param>
    public void Learn(string? model, long outputTokens) => _averages.Learn(model, outputTokens);

    /// <summary>Tokens of a text, without anything around it.</summary>
    /// <param name="model">Says which vocabulary; null or unknown: o200k_base.</param>
    /// <param name="utf8">The text; what is no UTF-8 counts as U+FFFD.</param>
    public long CountText(string? model, ReadOnlySpan<byte> utf8) => ModelVocabulary.Of(model).Count(utf8);
}
