using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>Retries after upstream failures. Key: <c>retries</c>.</summary>
internal sealed record RetryOptions
{
    /// <summary>Retries after the first attempt. Default 3, range 0..100. MAX_RETRIES.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>First back-off. Default 1 s, range 0..1h. BASE_RETRY_DELAY.</summary>
    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest back-off; a longer <c>Retry-After</c> is handed to the caller. Default 60 s, range 0..1h.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Wait after "Too many failed attempts". Default 30 s, range 0..1h. RATE_LIMIT_WAIT.</summary>
    public TimeSpan RateLimitWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Retry what was sent but never answered, at the risk of paying twice. Default false.</summary>
    public bool RetryUnanswered { get; init; }

    /// <summary>Retries per first attempt, saved up to 100; as many of them as <c>max_retries</c> was at the start, 3 to 10, are always allowed in 10 s. Default 0.2, range 0..1.</summary>
    public double Budget { get; init; } = 0.2;

    /// <summary>Failures per instance in 30 s after which retries stop. Default 8, range 1..100000.</summary>
    [JsonPropertyName("failures_per_30s")]
    public int FailuresPer30s { get; init; } = 8;
}
