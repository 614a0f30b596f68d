using System.Buffers;
using System.Text.Json;

namespace UpstreamSimulator.Requests;

/// <summary>One pass over a JSON body.</summary>
internal ref struct RequestScanner
{
    private readonly RequestFields _fields;
    private Utf8JsonReader _reader;

    private RequestScanner(ReadOnlySpan<byte> json, RequestFields fields)
    {
        _fields = fields;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 512 });
    }

    /// <summary>Reads the fields; false when the body is no JSON object or a field has the wrong type.</summary>
    public static bool TryScan(ReadOnlySpan<byte> json, out RequestFields fields, out string error)
    {
        fields = new RequestFields();
        error = "";
        try
        {
            new RequestScanner(json, fields).Scan();
            return true;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            error = "We could not parse the JSON body of your request.";
            return false;
        }
    }

    private void Scan()
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = _reader.GetString()!;
            _reader.Read();
            Field(name);
        }

        // Reads to the end, so that trailing bytes are noticed.
        while (_reader.Read())
        {
        }
    }

    private void Field(string name)
    {
        switch (name)
        {
            case "model":
                _fields.Model = _reader.GetString() ?? "";
                return;
            case "user" when _reader.TokenType == JsonTokenType.String:
                _fields.User = _reader.GetString()!;
                return;
            case "stream":
                _fields.Stream = _reader.TokenType != JsonTokenType.Null && _reader.GetBoolean();
                return;
            case "max_tokens" or "max_completion_tokens" or "max_output_tokens" when _reader.TokenType == JsonTokenType.Number:
                _fields.MaxTokens = Math.Max(0, _reader.GetInt32());
                return;
            case "dimensions" when _reader.TokenType == JsonTokenType.Number:
                _fields.Dimensions = _reader.GetInt32();
                return;
            case "n" when _reader.TokenType == JsonTokenType.Number:
                _fields.Count = Math.Clamp(_reader.GetInt32(), 1, 16);
                return;
            case "encoding_format" when _reader.TokenType == JsonTokenType.String:
                _fields.EncodingFormat = _reader.GetString()!;
                return;
            case "response_format" when _reader.TokenType == JsonTokenType.String:
                _fields.ResponseFormat = _reader.GetString()!;
                return;
            case "tool_choice" when _reader.TokenType == JsonTokenType.String:
                _fields.ToolsForbidden = _reader.ValueTextEquals("none"u8);
                return;
            case "prompt_cache_key" or "logprobs" or "top_logprobs":
                _fields.RefusedByVenice.Add(name);
                break;
            case "parallel_tool_calls" when _reader.TokenType is not (JsonTokenType.True or JsonTokenType.False):
                _fields.RefusedByVenice.Add(name);
                break;
            case "stream_options" when _reader.TokenType == JsonTokenType.StartObject:
                StreamOptions();
                return;
            case "tools" when _reader.TokenType == JsonTokenType.StartArray:
                Tools();
                return;
            case "messages" or "prompt" or "input" or "instructions":
                Text(name == "input");
                return;
        }

        _reader.Skip();
    }

    private void StreamOptions()
    {
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            bool usage = _reader.ValueTextEquals("include_usage"u8);
            _reader.Read();
            if (usage) _fields.IncludeUsage = _reader.GetBoolean();
            else _reader.Skip();
        }
    }

    // Chat nests the name in "function", responses does not: the first "name" is the tool's in both.
    private void Tools()
    {
        int depth = _reader.CurrentDepth;
        while (_reader.Read() && _reader.CurrentDepth > depth)
        {
            if (_reader.TokenType != JsonTokenType.PropertyName) continue;
            bool name = _reader.ValueTextEquals("name"u8);
            _reader.Read();
            if (name && _fields.Tool.Length == 0 && _reader.TokenType == JsonTokenType.String) _fields.Tool = _reader.GetString()!;
        }
    }

    /// <summary>Counts the strings that are text, and the numbers, which are tokens already.</summary>
    private void Text(bool isInput)
    {
        int depth = _reader.CurrentDepth;
        bool list = _reader.TokenType == JsonTokenType.StartArray;
        bool counts = true;
        ulong tokenHash = 0;
        do
        {
            bool value = _reader.TokenType is JsonTokenType.String or JsonTokenType.Number;
            if (_reader.TokenType == JsonTokenType.PropertyName) counts = Property();
            else if (_reader.TokenType == JsonTokenType.Number && counts) tokenHash = Token(tokenHash);
            else if (_reader.TokenType == JsonTokenType.String && counts) String(isInput && _reader.CurrentDepth == (list ? depth + 1 : depth));
            else if (_reader.TokenType == JsonTokenType.EndArray && isInput && tokenHash != 0)
            {
                _fields.Inputs.Add(tokenHash);
                tokenHash = 0;
            }

            if (value && _reader.CurrentDepth == depth) return;
        }
        while ((_reader.CurrentDepth > depth || _reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject) && _reader.Read());
    }

    private bool Property()
    {
        if (!_reader.ValueTextEquals("role"u8) && !_reader.ValueTextEquals("type"u8))
            return _reader.ValueTextEquals("content"u8) || _reader.ValueTextEquals("text"u8) || _reader.ValueTextEquals("arguments"u8)
                || _reader.ValueTextEquals("output"u8);

        bool role = _reader.ValueTextEquals("role"u8);
        Utf8JsonReader next = _reader;
        next.Read();
        if (next.TokenType != JsonTokenType.String) return false;
        if (role) _fields.EndsWithToolResult = next.ValueTextEquals("tool"u8);
        else if (next.ValueTextEquals("function_call_output"u8)) _fields.EndsWithToolResult = true;
        return false;
    }

    private ulong Token(ulong hash)
    {
        _fields.PromptTokens++;
        return ((hash ^ (ulong)_reader.GetInt64()) * 0x100000001B3) | 1;
    }

    private void String(bool isInput)
    {
        if (!_reader.ValueIsEscaped)
        {
            String(_reader.ValueSpan, isInput);
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(_reader.ValueSpan.Length);
        int length = _reader.CopyString(buffer);
        String(buffer.AsSpan(0, length), isInput);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private readonly void String(ReadOnlySpan<byte> text, bool isInput)
    {
        _fields.PromptTokens += TokenCounter.Count(text);
        if (isInput) _fields.Inputs.Add(Hash(text));
    }

    // FNV-1a: the same text gives the same embedding in every process.
    private static ulong Hash(ReadOnlySpan<byte> text)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte unit in text) hash = (hash ^ unit) * 0x100000001B3;
        return hash;
    }
}
