using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Primitives;
using UpstreamSimulator.Counting;
using UpstreamSimulator.Requests;
using Route = UpstreamSimulator.Requests.Route;

namespace UpstreamSimulator.Answering;

/// <summary>One request and what is needed to answer it.</summary>
internal sealed class Exchange(HttpContext context, string rawTarget, Route route, LiveCall call, TimeProvider timeProvider)
{
    private static readonly StringValues Version = "2020-10-01";
    private static readonly StringValues Organization = "sim-org";
    private static readonly StringValues Plenty = "1000000";
    private static readonly StringValues ResetSoon = "12ms";
    private static readonly StringValues Region = "Simulated";

    public HttpContext Context => context;

    /// <summary>Path and query as they were sent.</summary>
    public string RawTarget => rawTarget;

    public Route Route => route;

    public LiveCall Call => call;

    public CancellationToken Aborted => context.RequestAborted;

    public TimeProvider Time => timeProvider;

    public string Id { get; } = Guid.NewGuid().ToString("N");

    public long Created { get; } = timeProvider.GetUtcNow().ToUnixTimeSeconds();

    public RequestFields Fields { get; set; } = new();

    public FormFields Form { get; set; } = new();

    public Knobs Knobs { get; set; } = new();

    public string Nonce { get; set; } = "";

    /// <summary>Set when generation starts.</summary>
    public Pacer Pacer { get; set; } = new(timeProvider, 0, 0);

    /// <summary>Azure's deployment stands for the model when the body names none.</summary>
    public string Model => Fields.Model.Length > 0 ? Fields.Model : route.Deployment;

    public string ModelJson => JsonEncodedText.Encode(Model).ToString();

    public string Fingerprint => "fp_" + (Nonce.Length > 0 ? Nonce : "sim");

    /// <summary>Tokens of the answer, and whether the caller's maximum cut it.</summary>
    public int Tokens => Math.Min(Knobs.Tokens, Fields.MaxTokens ?? int.MaxValue);

    public string FinishReason => Tokens < Knobs.Tokens ? "length" : Fields.AnswersWithTool ? "tool_calls" : "stop";

    /// <summary>Whether the answer may still fail by itself: the status and fault knobs are for generating calls as for all others.</summary>
    public bool Fails(FailKind kind) => Knobs.Fail == kind;

    /// <summary>Sets status, type and the headers that a real provider sends with every answer.</summary>
    public void SetHead(int status, string contentType)
    {
        HttpResponse response = context.Response;
        response.StatusCode = status;
        IHeaderDictionary headers = response.Headers;
        headers.ContentType = contentType;
        headers["x-request-id"] = "req_" + Id;
        if (route.Face == Face.Azure)
        {
            headers["apim-request-id"] = Guid.NewGuid().ToString();
            headers["x-ms-region"] = Region;
        }
        else
        {
            headers["openai-version"] = Version;
            headers["openai-organization"] = Organization;
            headers["openai-processing-ms"] = ((long)Pacer.Elapsed.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        }

        headers["x-ratelimit-limit-requests"] = Plenty;
        headers["x-ratelimit-limit-tokens"] = Plenty;
        headers["x-ratelimit-remaining-requests"] = Plenty;
        headers["x-ratelimit-remaining-tokens"] = Plenty;
        // Venice tells the epoch millisecond at which the window starts anew, the others a duration.
        headers["x-ratelimit-reset-requests"] = route.Face == Face.Venice
            ? timeProvider.GetUtcNow().AddMinutes(1).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)
            : ResetSoon;
        headers["x-ratelimit-reset-tokens"] = ResetSoon;
        if (IsHeaderText(Nonce)) headers["x-sim-nonce"] = Nonce;
        if (Knobs.RetryAfter.Length > 0) headers.RetryAfter = Knobs.RetryAfter;
    }

    /// <summary>Never answers: waits until the client goes.</summary>
    public Task HangAsync() => Task.Delay(Timeout.InfiniteTimeSpan, timeProvider, Aborted);

    private static bool IsHeaderText(string text) => text.Length is > 0 and <= 256 && Ascii.IsValid(text) && !text.AsSpan().ContainsAnyInRange('\0', '\x1f');
}
