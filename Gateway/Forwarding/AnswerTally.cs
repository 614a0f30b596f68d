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

    /// <param name="exchange">The request, whose record gets the tokens.</param>
    /// <param name="answer">Its head.</param>
    /// <param name="tokens">Counts.</param>
    /// <param name="needsUsage">Somebody settles by it.</param>
    public AnswerTally(Exchange exchange, HttpResponseMessage answer, TokenEstimator tokens, bool needsUsage)
    {
        (_exchange, _tokens, _needsUsage) = (exchange, tokens, needsUsage);
        _headers = answer.Content.Headers.NonValidated;
        _isEncoded = _headers.Contains("Content-Encoding");
        _isEventStream = _headers.TryGetValues("Content-Type", out HeaderStringValues type)
            && type.ToString().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);

        // An error costs nothing; to decode what nobody needs costs more than it tells.
        _operation = answer.IsSuccessStatusCode && (needsUsage || !_isEncoded) ? ApiOperations.Of(exchange.Request!.Path) : ApiOperation.Other;
        _tail = new TailBuffer(needsUsage && _operation != ApiOperation.Other ? MaxBody : UsageReader.TailBytes);
        _text = new AnswerText(tokens, exchange.Request!.Facts.Model);
    }

    /// <summary>The upstream has said all it had to say, whether or not the caller waited for the end of the transfer.</summary>
    public bool IsWhole { get; set; }

    /// <summary>To settle will take a while. Known when the answer is over.</summary>
    public bool HasToCount =>
        _operation != ApiOperation.Other && _bodyBytes == 0 && _exchange.Record is { InputTokens: null, OutputTokens: null };

    /// <summary>The caller left after the upstream had the request and before it answered: the prompt was read.</summary>
    public static void SettleUnanswered(Exchange exchange, TokenEstimator tokens)
    {
        if (ApiOperations.Of(exchange.Request!.Path) != ApiOperation.Other)
        {
            AccessRecord record = exchange.Record;
            (record.InputTokens, record.OutputTokens) = (tokens.PromptOf(exchange), 0);
            record.IsUsageCounted = record.IsUsagePartial = true;
        }
    }

    /// <summary>Events of a stream, in passing.</summary>
    /// <param name="events">The bytes.</param>
    /// <param name="isWhole">They are whole events; else a piece of a very long one.</param>
    public void AddEvents(ReadOnlySpan<byte> events, bool isWhole)
    {
        UsageReader.Read(events, _exchange.Record);
        if (_operation is ApiOperation.Other or ApiOperation.Embeddings)
        {
            return;
        }

        if (isWhole)
        {
            AnswerTexts.ReadEvents(events, _text);
        }
        else
        {
            _unreadBytes += events.Length;
        }
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
        if (_bodyBytes > 0)
        {
            ReadBody(record);
        }

        long counted = _text.Count(record is { InputTokens: null, OutputTokens: null });
        if (record is { InputTokens: null, OutputTokens: null } && _operation != ApiOperation.Other)
        {
            record.InputTokens = _tokens.PromptOf(_exchange);
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

    private void ReadBody(AccessRecord record)
    {
        bool isAllKept = _tail.Bytes.Length == _bodyBytes;
        if (_isEncoded && !(_needsUsage && isAllKept))
        {
            return;
        }

        ReadOnlySpan<byte> plain = _isEncoded ? EncodedBody.Decode(_headers, _tail.Bytes.ToArray(), MaxBody).Span : _tail.Bytes;
        UsageReader.Read(plain, record);
        if (record is not { InputTokens: null, OutputTokens: null } || !ApiOperations.HasOutput(_operation))
        {
            return;
        }

        if (!isAllKept)
        {
            _unreadBytes = _bodyBytes;
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
