using System.Buffers;
using System.Text.Json;

namespace Gateway.Requests;

/// <summary>The framework's reader on a body, with places that stay those in the body when it goes on behind a value that it has not read.</summary>
internal ref struct BodyJson
{
    private readonly ReadOnlySequence<byte> _body;
    private readonly JsonReaderOptions _options;
    private readonly bool _skips;
    private long _before;

    /// <summary>Read from it as ever; only its places count from where it began last.</summary>
    public Utf8JsonReader Json;

    /// <param name="body">The whole body.</param>
    /// <param name="options">How deep it may be.</param>
    /// <param name="skips">Arrays and objects are passed over by <see cref="JsonSkip"/>, where that takes them.</param>
    public BodyJson(in ReadOnlySequence<byte> body, JsonReaderOptions options, bool skips)
    {
        (_body, _options, _skips) = (body, options, skips);
        Json = Begin(new JsonReaderState(options));
    }

    /// <summary>Where the token begins in the body.</summary>
    public readonly long Start => _before + Json.TokenStartIndex;

    /// <summary>Where what was read of the body ends.</summary>
    public readonly long End => _before + Json.BytesConsumed;

    /// <summary>To the last token of the value that begins here.</summary>
    public void Skip()
    {
        if (!_skips || Json.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject)
            || JsonSkip.EndOf(_body, End, Json.TokenType == JsonTokenType.StartObject, _options.MaxDepth - Json.CurrentDepth) is not (>= 0 and var end))
        {
            Json.Skip();
            return;
        }

        // For the reader the value is empty: it goes on at the bracket that ends it.
        _before = end;
        Json = Begin(Json.CurrentState);
        Json.Read();
    }

    private readonly Utf8JsonReader Begin(JsonReaderState state) => _body.IsSingleSegment
        ? new Utf8JsonReader(_body.FirstSpan[(int)_before..], isFinalBlock: true, state)
        : new Utf8JsonReader(_body.Slice(_before), isFinalBlock: true, state);
}
