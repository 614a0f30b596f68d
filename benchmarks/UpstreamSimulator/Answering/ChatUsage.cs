using System.Text.Json;

namespace UpstreamSimulator.Answering;

/// <summary>The <c>usage</c> object of chat and completions.</summary>
internal static class ChatUsage
{
    public static string Json(Exchange exchange)
    {
        (int prompt, int completion) = (exchange.Fields.PromptTokens, exchange.Tokens);
        return $$"""{"prompt_tokens":{{prompt}},"completion_tokens":{{completion}},"total_tokens":{{prompt + completion}}"""
            + ""","prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}""";
    }

    public static void Write(Utf8JsonWriter json, Exchange exchange)
    {
        json.WritePropertyName("usage"u8);
        json.WriteRawValue(Json(exchange), skipInputValidation: true);
    }
}
