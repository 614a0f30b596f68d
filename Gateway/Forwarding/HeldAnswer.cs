using System.Globalization;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>
/// An upstream's answer that is kept back because another attempt may do better; when none does, it is handed on as it came. Of the
/// message only status and headers are used, which outlive its disposal.
/// </summary>
internal sealed class HeldAnswer
{
    /// <summary>The most that is kept; a longer answer is relayed at once.</summary>
    public const int MaxBytes = 64 * 1024;

    private readonly HttpResponseMessage _answer;
    private readonly ReadOnlyMemory<byte> _body;

    private HeldAnswer(HttpResponseMessage answer, ReadOnlyMemory<byte> body)
    {
        _answer = answer;
        _body = body;
    }

    public int Status => (int)_answer.StatusCode;

    /// <summary>Reads a whole answer. Null when it is too long to be held: it can be relayed then as if nothing had been read.</summary>
    public static async Task<HeldAnswer?> ReadAsync(HttpResponseMessage answer, AttemptClock clock, CancellationToken cancellationToken)
    {
        if (answer.Content.Headers.ContentLength > MaxBytes)
        {
            return null;
        }

        Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        byte[] held = new byte[answer.Content.Headers.ContentLength is { } length ? length + 1 : 4096];
        int total = 0;
        while (true)
        {
            int read = await body.ReadAsync(held.AsMemory(total), cancellationToken);
            clock.Active();
            total += read;
            if (read == 0)
            {
                return new HeldAnswer(answer, held.AsMemory(0, total));
            }

            if (total > MaxBytes)
            {
                answer.Content = new ReadThroughContent(answer.Content, new ResumedStream(held.AsMemory(0, total), body));
                return null;
            }

            if (total == held.Length)
            {
                Array.Resize(ref held, Math.Min(2 * held.Length, MaxBytes + 1));
            }
        }
    }

    /// <summary>Why it was refused, as its headers and its body say.</summary>
    public Failure Read(CallKind call, RetryOptions options, DateTimeOffset now)
    {
        LimitSigns signs = LimitHeaders.Read(_answer.Headers.NonValidated, (int)_answer.StatusCode, call.Provider, now);
        ErrorFacts error = ErrorFacts.Read(EncodedBody.Decode(_answer.Content.Headers.NonValidated, _body, MaxBytes).Span);
        return FailurePolicy.Refused(Status, signs, error, call, options);
    }

    /// <summary>Gives it to the caller, byte for byte.</summary>
    /// <param name="context">Of the caller.</param>
    /// <param name="exchange">Its record.</param>
    /// <param name="wait">When another try may succeed; zero when unknown.</param>
    public async Task HandOnAsync(HttpContext context, Exchange exchange, TimeSpan wait)
    {
        IHeaderDictionary headers = context.Response.Headers;
        try
        {
            AnswerHead.Copy(_answer, context.Response, exchange);
        }
        catch (InvalidOperationException)
        {
            await exchange.Fail(new RequestError(Outcome.UpstreamInvalid));
            return;
        }

        if (wait > TimeSpan.Zero && headers.RetryAfter.Count == 0 && headers["retry-after-ms"].Count == 0)
        {
            headers["retry-after-ms"] = ((long)Math.Ceiling(wait.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture);
        }

        exchange.Record.Outcome = Outcome.Relayed;
        exchange.Record.ResponseBytes = _body.Length;
        if (_body.Length > 0)
        {
            await context.Response.BodyWriter.WriteAsync(_body, CancellationToken.None);
        }
    }
}
