using System.Text.Json;
using Gateway.Requests;

namespace Gateway.Tokenization;

/// <summary>Tokens of a request's prompt.</summary>
internal static class PromptTokens
{
    public static long Of(ApiRequest request)
    {
        if (ApiOperations.Of(request.Path) == ApiOperation.Other || request.Body.IsSpilled || request.Body.Length == 0)
        {
            return 0;
        }

        Tokenizer tokenizer = ModelVocabulary.Of(request.Facts.Model);
        var reader = new Utf8JsonReader(request.Body.AsSequence(), new JsonReaderOptions { MaxDepth = 256 });
        long count = 0;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                count += tokenizer.Count(System.Text.Encoding.UTF8.GetBytes(reader.GetString()!));
            }
        }

        return count;
    }
}
