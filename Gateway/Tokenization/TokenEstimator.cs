using Gateway.Requests;

namespace Gateway.Tokenization;

/// <summary>Stand-in.</summary>
internal sealed class TokenEstimator
{
    #pragma warning disable CA1822
    public long PromptOf(Exchange exchange) => exchange.Request!.Body.Length / 4;

    #pragma warning disable CA1822
    public long OutputOf(Exchange exchange) => (exchange.Request!.Facts.MaxOutputTokens ?? 0) * exchange.Request.Facts.Choices;
}
