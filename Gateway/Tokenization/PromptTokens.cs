using System.Buffers;
using System.Text.Json;
using Gateway.Requests;

namespace Gateway.Tokenization;

/// <summary>Tokens of a request's prompt, by one pass over the body as it came.</summary>
internal static class PromptTokens
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = RequestScan.MaxDepth };

    /// <summary>English text has about so many.</summary>
    private const int BytesPerToken = 4;

    /// <summary>0 for other operations. Where the body cannot be read here (some servers read more than JSON in UTF-8), by its size.</summary>
    public static long Of(ApiRequest request)
    {
        if (request.Operation == ApiOperation.Other || request.Body.Length == 0)
        {
            return 0;
        }

        long tokens = request.Body.IsSpilled ? 0 : Of(request.Operation, request.Facts.Model, request.Body.AsSequence());
        return tokens > 0 ? tokens : (request.Body.Length + BytesPerToken - 1) / BytesPerToken;
    }

    /// <param name="operation">Whose body.</param>
    /// <param name="model">As the caller named it.</param>
    /// <param name="body">The whole body.</param>
    public static long Of(ApiOperation operation, string? model, in ReadOnlySequence<byte> body)
    {
        using var text = new PromptText(ModelVocabulary.Of(model));
        var reader = body.IsSingleSegment ? new Utf8JsonReader(body.FirstSpan, Options) : new Utf8JsonReader(body, Options);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return 0;
            }

            var messages = new MessageTokens(text, model);
            var tools = new ToolTokens(text, model);
            return operation switch
            {
                ApiOperation.Chat => Chat(ref reader, messages, tools),
                ApiOperation.Responses => Responses(ref reader, messages, tools),
                _ => Inputs(ref reader, text),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IndexOutOfRangeException)
        {
            // Of a body that did not say it is JSON and is none; others were refused. IndexOutOfRange: the framework's reader, on a misspelt literal.
            return 0;
        }
    }

    private static long Chat(ref Utf8JsonReader reader, MessageTokens messages, ToolTokens tools)
    {
        long count = MessageTokens.Reply;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadOnlySpan<byte> name = MemberName.Of(ref reader);
            bool isMessages = name.SequenceEqual("messages"u8);
            bool isTools = name.SequenceEqual("tools"u8) || name.SequenceEqual("functions"u8);
            reader.Read();
            count += isMessages ? messages.OfList(ref reader, isChat: true) : isTools ? tools.OfList(ref reader) : Skip(ref reader);
        }

        return count;
    }

    private static long Responses(ref Utf8JsonReader reader, MessageTokens messages, ToolTokens tools)
    {
        long count = MessageTokens.Reply;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isInput = reader.ValueTextEquals("input"u8);
            bool isInstructions = reader.ValueTextEquals("instructions"u8);
            bool isTools = reader.ValueTextEquals("tools"u8);
            reader.Read();
            bool isMessage = reader.TokenType == JsonTokenType.String;
            count += (isInput || isInstructions) && isMessage ? messages.OfText(ref reader)
                : isInput ? messages.OfList(ref reader, isChat: false)
                : isTools ? tools.OfList(ref reader)
                : Skip(ref reader);
        }

        return count;
    }

    /// <summary>Of completions and embeddings: a text, tokens as numbers, or a list of either.</summary>
    private static long Inputs(ref Utf8JsonReader reader, PromptText text)
    {
        long count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isCounted = reader.ValueTextEquals("prompt"u8) || reader.ValueTextEquals("input"u8) || reader.ValueTextEquals("suffix"u8);
            reader.Read();
            if (!isCounted || reader.TokenType == JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            int depth = reader.CurrentDepth;
            do
            {
                count += reader.TokenType switch
                {
                    JsonTokenType.String => text.Count(ref reader),
                    JsonTokenType.Number => 1,
                    _ => 0,
                };
            }
            while ((reader.CurrentDepth > depth || reader.TokenType == JsonTokenType.StartArray) && reader.Read());
        }

        return count;
    }

    private static long Skip(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return 0;
    }
}
