using System.Net.Http.Headers;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tokenization;

namespace Gateway.Forwarding;

/// <summary>
/// What one relayed answer costs. The upstream's <c>usage</c> is the truth; where it told none, or was cut off before, the prompt and the
/// text that passed are counted, after the answer.
/// </summary>
internal sealed class AnswerTally
{
    /// <summary>Of a plain answer, when its usage has to be known: so much is decoded, or searched for texts.</summary>
    private const int MaxBody = 64 * 1024;

    /// <summary>Of an answer whose texts were not kept.</summary>
    private const int BytesPerToken = 4;

    private readonly Exchange _exchange;
    private readonly TokenEstimator _tokens;
    private readonly bool _needsUsage;
    private readonly bool _isEventStream;
    private readonly HttpHeadersNonValidated _headers;
    private readonly bool _isEncoded;
    private readonly ApiOperation _operation;
    private readonly AnswerText _text;
    private TailBuffer _tail;
    private long _bodyBytes;
    private long _unreadBytes;
    private (long? Input, long? Output) _pieces;

    /// <param name="exchange">The request, whose record gets the tokens.</param>
    /// <param name="answer">Its head.</param>
    /// <param name="tokens">Counts.</param>
    /// <param name="needsUsage">Somebody settles by it.</param>
    public AnswerTally(Exchange exchange, HttpResponseMessage answer, TokenEstimator tokens, bool needsUsage)
    {
        (_exchange, _tokens, _needsUsage) = (exchange, tokens, needsUsage);
        _headers = answer.Content.Headers.NonValidated;
        _isEncoded = _headers.Contains("Content-Encoding");
        _isEventStream = _headers.TryGetValues("Content-Type", out HeaderStringValues type) && MediaTypes.IsEventStream(type.ToString());

        // An error costs nothing.
        _operation = answer.IsSuccessStatusCode ? exchange.Request!.Operation : ApiOperation.Other;
        _tail = new TailBuffer((needsUsage || _isEncoded) && _operation != ApiOperation.Other ? MaxBody
            : _operation == ApiOperation.Responses ? UsageReader.ResponsesTailBytes
            : UsageReader.TailBytes);
        _text = new AnswerText(tokens, exchange.Request!.Facts.Model);
    }

    /// <summary>The upstream has said all it had to say, whether or not the caller waited for the end of the transfer.</summary>
    public bool IsWhole { get; set; }

    /// <summary>To settle will take a while. Known when the answer is over.</summary>
    public bool HasToCount => _bodyBytes == 0 && LacksTokens;

    /// <summary>The caller left after the upstream had the request and before it answered: the prompt was read.</summary>
    public static void SettleUnanswered(Exchange exchange, TokenEstimator tokens)
    {
        if (exchange.Request!.Operation != ApiOperation.Other)
        {
            AccessRecord record = exchange.Record;
            (record.InputTokens, record.OutputTokens) = (tokens.PromptOf(exchange), 0);
            record.IsUsageCounted = record.IsUsagePartial = true;
        }
    }

    /// <summary>Events of a stream, in passing.</summary>
    /// <param name="events">The bytes.</param>
    /// <param name="isWhole">They are whole events; else a piece of a very long one.</param>
    /// <returns>Where their text stands, when it was one without an escape.</returns>
    public EventText AddEvents(ReadOnlySpan<byte> events, bool isWhole)
    {
        if (isWhole)
        {
            UsageReader.ReadEvents(events, _exchange.Record);
        }
        else
        {
            ReadPiece(events);
        }

        if (_operation is ApiOperation.Other or ApiOperation.Embeddings)
        {
            return default;
        }

        if (isWhole)
        {
            return AnswerTexts.ReadEvents(events, _text);
        }

        _unreadBytes += events.Length;
        return default;
    }

    /// <summary>The text of an event that holds nothing else to be known.</summary>
    public void AddText(ReadOnlySpan<byte> plain, int channel) => _text.Add(plain, channel);

    /// <summary>Nobody knows where in its event a piece stands: what it tells counts if the answer comes to its end.</summary>
    private void ReadPiece(ReadOnlySpan<byte> piece)
    {
        AccessRecord record = _exchange.Record;
        (long? input, long? output) = (record.InputTokens, record.OutputTokens);
        (record.InputTokens, record.OutputTokens) = _pieces;
        UsageReader.Read(piece, record);
        _pieces = (record.InputTokens, record.OutputTokens);
        (record.InputTokens, record.OutputTokens) = (input, output);
    }

    /// <summary>Bytes of a plain answer, in passing.</summary>
    public void AddBody(ReadOnlySpan<byte> bytes)
    {
        _tail.Add(bytes);
        _bodyBytes += bytes.Length;
    }

    /// <summary>Puts the tokens into the record. Call once, when nothing more passes.</summary>
    public void Settle()
    {
        AccessRecord record = _exchange.Record;
        if (IsWhole)
        {
            (record.InputTokens, record.OutputTokens) = (_pieces.Input ?? record.InputTokens, _pieces.Output ?? record.OutputTokens);
        }

        if (_bodyBytes > 0)
        {
            ReadBody(record);
        }

        bool isCounted = LacksTokens;
        long counted = _text.Count(isCounted);
        if (isCounted)
        {
            record.InputTokens ??= _tokens.PromptOf(_exchange);
            record.OutputTokens = counted + (_unreadBytes / BytesPerToken);
            record.IsUsageCounted = true;
        }

        record.IsUsagePartial = !IsWhole && record.InputTokens is not null;
        if (_needsUsage && IsWhole && ApiOperations.HasOutput(_operation) && record.OutputTokens is { } output)
        {
            RequestFacts facts = _exchange.Request!.Facts;
            _tokens.Learn(facts.Model, output / Math.Max(1, facts.Choices));
        }
    }

    /// <summary>Half a usage is what was cut in two: an event of more than one piece, or a stream that broke off.</summary>
    private bool LacksTokens => ApiOperations.HasOutput(_operation)
        ? _exchange.Record.OutputTokens is null
        : _operation != ApiOperation.Other && _exchange.Record is { InputTokens: null, OutputTokens: null };

    /// <summary>Of an end alone nobody knows what was in front of it, so it must be the end.</summary>
    private void ReadUsage(ReadOnlySpan<byte> plain, bool isAllKept, AccessRecord record)
    {
        if (isAllKept && _isEventStream)
        {
            UsageReader.ReadEvents(plain, record);
        }
        else if (!(isAllKept && UsageReader.TryReadAnswer(plain, record)) && IsWhole)
        {
            UsageReader.Read(plain, record);
        }
    }

    private void ReadBody(AccessRecord record)
    {
        bool isAllKept = _tail.Bytes.Length == _bodyBytes;
        long? length = _bodyBytes;
        ReadOnlySpan<byte> plain = _tail.Bytes;
        if (_isEncoded)
        {
            plain = isAllKept ? EncodedBody.DecodeEnd(_headers, _tail.Kept, MaxBody, out length) : [];
            isAllKept = isAllKept && plain.Length == length;
        }

        ReadUsage(plain, isAllKept, record);
        if (!ApiOperations.HasOutput(_operation) || !LacksTokens)
        {
            return;
        }

        if (!isAllKept)
        {
            _unreadBytes = length ?? _bodyBytes;
        }
        else if (_isEventStream)
        {
            AnswerTexts.ReadEvents(plain, _text);
        }
        else
        {
            AnswerTexts.ReadAnswer(plain, _text);
        }
    }
}
