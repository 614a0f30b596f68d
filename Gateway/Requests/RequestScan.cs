using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Gateway.Requests;

/// <summary>
/// The one scan of a JSON body: checks that it is JSON, and reads the keys that decide where it goes and what it costs. A duplicate of
/// such a key is refused, so that the gateway and the upstream cannot read two different models.
/// </summary>
internal static class RequestScan
{
    /// <summary>Levels of arrays and objects that a body may have.</summary>
    public const int MaxDepth = 256;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    /// <summary>Reads the body. The error, if any, says in words and by key what is wrong with it.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="facts">What it says.</param>
    /// <param name="trace">Notes where the members lie that may have to be edited; null when no instance edits any.</param>
    public static RequestError? TryRead(in ReadOnlySequence<byte> body, out RequestFacts facts, MemberTrace? trace = null)
    {
        if (!IsUtf8(body))
        {
            facts = RequestFacts.None;
            return Malformed("The body is not valid UTF-8.");
        }

        // What is wrong, and in which line, is told by the framework's reader, which has seen every byte then.
        return TryRead(body, skips: true, out facts, trace) is null ? null : TryRead(body, skips: false, out facts, trace?.Anew());
    }

    /// <param name="body">The whole body, in UTF-8.</param>
    /// <param name="skips">Long values are passed over by <see cref="JsonSkip"/>.</param>
    /// <param name="facts">What it says.</param>
    /// <param name="trace">As above.</param>
    internal static RequestError? TryRead(in ReadOnlySequence<byte> body, bool skips, out RequestFacts facts, MemberTrace? trace)
    {
        facts = RequestFacts.None;
        try
        {
            var reader = new BodyJson(body, Options, skips);
            if (!reader.Json.Read() || reader.Json.TokenType != JsonTokenType.StartObject)
            {
                return Malformed("The body must be a JSON object.");
            }

            var state = new State();
            RequestError? error = ReadObject(ref reader, ref state, trace);
            if (error is null && reader.Json.Read())
            {
                error = Malformed("Something follows the JSON object.");
            }

            facts = trace is null ? state.ToFacts() : state.ToFacts() with { Members = trace.Found, AsksBase64 = trace.AsksBase64 };
            return error;
        }
        catch (JsonException e)
        {
            return Malformed(!skips && IsTooDeep(body)
                ? $"The body is nested deeper than {MaxDepth} levels."
                : $"The body is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine}).");
        }
        catch (InvalidOperationException)
        {
            // A string with half of a surrogate pair: JSON by its grammar, but no text.
            return Malformed("A string in the body is not valid text.");
        }
        catch (IndexOutOfRangeException)
        {
            // The framework's reader, when a misspelt literal lies across two segments.
            return Malformed("The body is not valid JSON.");
        }
    }

    /// <summary>Of a body that the reader does not take. It tells the reason in words alone, which may change.</summary>
    private static bool IsTooDeep(in ReadOnlySequence<byte> body)
    {
        var reader = new Utf8JsonReader(body, Options with { MaxDepth = MaxDepth + 1 });
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth == MaxDepth && reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                {
                    return true;
                }
            }
        }
        catch (Exception e) when (e is JsonException or IndexOutOfRangeException)
        {
            // Broken before it is too deep.
        }

        return false;
    }

    private static RequestError? ReadObject(ref BodyJson reader, ref State state, MemberTrace? trace)
    {
        while (reader.Json.Read() && reader.Json.TokenType == JsonTokenType.PropertyName)
        {
            ScanKey key = ScanKeys.Of(ref reader.Json);
            if (trace?.AtName(ref reader) is { } twice)
            {
                return Twice(twice) with { IsAmbiguous = key != ScanKey.Other };
            }

            if (key == ScanKey.Other && ScanKeys.LooksLike(ref reader.Json) is { } meant)
            {
                return new RequestError(Outcome.BodyMalformed, $"Some servers take the key '{reader.Json.GetString()}' for '{meant}' and some do not: write '{meant}'.", meant) { IsAmbiguous = true };
            }

            if (key == ScanKey.Other)
            {
                reader.Json.Read();
                trace?.AtValue(ref reader);
                reader.Skip();
                trace?.AtEnd(ref reader);
                continue;
            }

            if ((state.Seen & (1 << (int)key)) != 0)
            {
                return Twice(ScanKeys.NameOf(key)) with { IsAmbiguous = true };
            }

            state.Seen |= 1 << (int)key;
            reader.Json.Read();
            trace?.AtValue(ref reader);
            if (!TryReadValue(ref reader, key, ref state))
            {
                return key == ScanKey.StreamOptions ? Twice(StreamOptionsScan.IncludeUsage) : new RequestError(Outcome.BodyMalformed, $"'{ScanKeys.NameOf(key)}' must be {ScanKeys.Expected(key)}.", ScanKeys.NameOf(key));
            }

            trace?.AtEnd(ref reader);
        }

        return null;
    }

    private static bool TryReadValue(ref BodyJson body, ScanKey key, ref State state)
    {
        ref Utf8JsonReader reader = ref body.Json;
        if (reader.TokenType == JsonTokenType.Null && key != ScanKey.StreamOptions)
        {
            // The official SDKs write null for "not set".
            return true;
        }

        switch (key)
        {
            case ScanKey.Model:
                if (reader.TokenType != JsonTokenType.String || !ShortText.MayBe(ref reader, ScanKeys.MaxModelLength))
                {
                    return false;
                }

                state.Model = reader.GetString();
                return state.Model!.Length <= ScanKeys.MaxModelLength;
            case ScanKey.Stream:
                state.IsStream = reader.TokenType == JsonTokenType.True;
                state.StreamEnd = (int)body.End;
                return reader.TokenType is JsonTokenType.True or JsonTokenType.False;
            case ScanKey.N:
                return TryReadCount(ref reader, ref state.N);
            case ScanKey.Tools:
                return ToolScan.TryRead(ref reader, state.Tools ??= [], state.ToolTypes ??= []);
            case ScanKey.StreamOptions:
                return StreamOptionsScan.TryRead(ref body, out state.IncludesUsage, out state.UsagePlace);
            case ScanKey.Temperature:
                // It and the seed are read for the cache alone: what else they may be is the upstream's business.
                state.IsTemperatureZero = reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out double degrees) && degrees == 0;
                reader.Skip();
                return true;
            case ScanKey.Seed:
                state.HasSeed = reader.TokenType == JsonTokenType.Number;
                reader.Skip();
                return true;
            default:
                // Only for our own accounts, so what servers take passes: -1 (llama.cpp) and "inf" (realtime) mean no limit, 16.0 is 16.
                if (ReadTokens(ref reader) is { } tokens)
                {
                    state.MaxOutputTokens = Math.Max(state.MaxOutputTokens ?? 0, tokens);
                }

                return reader.TokenType is JsonTokenType.Number or JsonTokenType.String;
        }
    }

    private static bool TryReadCount(ref Utf8JsonReader reader, ref long? value)
    {
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number is < 0 or > int.MaxValue)
        {
            return false;
        }

        value = number;
        return true;
    }

    /// <summary>
    /// However the number is written: one that we did not count would be reserved against no limit, and taken by the upstream. A fraction is what some
    /// servers cut off; it counts as a whole token.
    /// </summary>
    private static long? ReadTokens(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out double tokens) && tokens >= 0
            ? (long)Math.Min(Math.Ceiling(tokens), RequestFacts.MostTokens)
            : null;

    private static bool IsUtf8(in ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
        {
            return Utf8.IsValid(body.FirstSpan);
        }

        // A character may lie across two segments: the decoder carries it over, Utf8.IsValid would not.
        Decoder? decoder = null;
        Span<char> chars = stackalloc char[1024];
        foreach (ReadOnlyMemory<byte> segment in body)
        {
            if (decoder is null && Utf8.IsValid(segment.Span))
            {
                continue;
            }

            decoder ??= new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
            ReadOnlySpan<byte> rest = segment.Span;
            try
            {
                while (!rest.IsEmpty)
                {
                    decoder.Convert(rest, chars, flush: false, out int used, out _, out _);
                    rest = rest[used..];
                }
            }
            catch (DecoderFallbackException)
            {
                return false;
            }
        }

        return decoder is null || EndsWhole(decoder, chars);
    }

    private static bool EndsWhole(Decoder decoder, Span<char> chars)
    {
        try
        {
            decoder.Convert([], chars, flush: true, out _, out _, out _);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static RequestError Twice(string name) => new(Outcome.BodyMalformed, $"The key '{name}' appears twice.", name);

    private static RequestError Malformed(string detail) => new(Outcome.BodyMalformed, detail);

    private struct State
    {
        public int Seen;
        public string? Model;
        public bool IsStream;
        public int StreamEnd;
        public bool IncludesUsage;
        public UsagePlace UsagePlace;
        public bool IsTemperatureZero;
        public bool HasSeed;
        public long? MaxOutputTokens;
        public long? N;
        public List<string>? Tools;
        public List<string>? ToolTypes;

        public readonly RequestFacts ToFacts() => new()
        {
            Model = Model,
            IsStream = IsStream,
            MaxOutputTokens = MaxOutputTokens,
            Choices = N ?? 1,
            Tools = Tools ?? (IReadOnlyList<string>)[],
            ToolTypes = ToolTypes ?? (IReadOnlyList<string>)[],
            IsTemperatureZero = IsTemperatureZero,
            HasSeed = HasSeed,
            IncludesUsage = IncludesUsage,
            UsagePlace = !IsStream ? default
                : (Seen & (1 << (int)ScanKey.StreamOptions)) != 0 ? UsagePlace
                : new UsagePlace(StreamEnd, 0, UsageForm.Member),
        };
    }
}
