using System.Buffers;
using System.Text.Json;

namespace Gateway.Requests;

/// <summary>The framework's reader on a body, with places that stay those in the body when it goes on behind a value that it has not read.</summary>
internal ref struct BodyJson
{
    private readonly JsonReaderOptions _options;
    private readonly bool _skips;

    /// <summary>What the reader began with. Never looked for from the body's beginning: a body of a million short values would be walked through as often.</summary>
    private ReadOnlySequence<byte> _rest;

    private long _before;

    /// <summary>Read from it as ever; only its places count from where it began last.</summary>
    public Utf8JsonReader Json;

    /// <param name="body">The whole body.</param>
    /// <param name="options">How deep it may be.</param>
    /// <param name="skips">Arrays and objects are passed over by <see cref="JsonSkip"/>, where that takes them.</param>
    public BodyJson(in ReadOnlySequence<byte> body, JsonReaderOptions options, bool skips)
    {
        (_rest, _options, _skips) = (body, options, skips);
        Json = Begin(new JsonReaderState(options));
    }

    /// <summary>Where the token begins in the body.</summary>
    public readonly long Start => _before + Json.TokenStartIndex;

    /// <summary>Where what was read of the body ends.</summary>
    public readonly long End => _before + Json.BytesConsumed;

    /// <summary>To the last token of the value that begins here.</summary>
    public void Skip()
    {
        if (!_skips || Json.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
        {
            Json.Skip();
            return;
        }

        ReadOnlySequence<byte> behind = _rest.Slice(Json.BytesConsumed);
        long end = JsonSkip.EndOf(behind, Json.TokenType == JsonTokenType.StartObject, _options.MaxDepth - Json.CurrentDepth);
        if (end < 0)
        {
            Json.Skip();
            return;
        }

        // For the reader the value is empty: it goes on at the bracket that ends it.
        _before = End + end;
        _rest = behind.Slice(end);
        Json = Begin(Json.CurrentState);
        Json.Read();
    }

    private readonly Utf8JsonReader Begin(JsonReaderState state) => _rest.IsSingleSegment
        ? new Utf8JsonReader(_rest.FirstSpan, isFinalBlock: true, state)
        : new Utf8JsonReader(_rest, isFinalBlock: true, state);
}
