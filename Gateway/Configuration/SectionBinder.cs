using Gateway.Scheduling;

namespace Gateway.Configuration;

/// <summary>Reads the sections that are a handful of keys each.</summary>
internal static class SectionBinder
{
    private const int Billion = 1_000_000_000;

    public static RoutingOptions Routing(NodeReader r)
    {
        var d = new RoutingOptions();
        return new RoutingOptions
        {
            Strategy = r.Choice("strategy", d.Strategy, EnumText.Of<RoutingStrategy>()),
            Retries = r.Whole("retries", d.Retries, 0, 64),
            Timeout = r.Duration("timeout", d.Timeout, "0s", "1h"),
        };
    }

    public static HealthOptions Health(NodeReader r)
    {
        var d = new HealthOptions();
        return new HealthOptions
        {
            Interval = r.Duration("interval", d.Interval, "1s", "1h"),
            FailureRatio = r.Number("failure_ratio", d.FailureRatio, 0.01, 1),
            MinimumCalls = r.Whole("minimum_calls", d.MinimumCalls, 2, 100_000),
            Break = r.Duration("break", d.Break, "500ms", "24h"),
            Active = r.Flag("active", d.Active),
        };
    }

    public static SchedulingOptions Scheduling(NodeReader r)
    {
        var d = new SchedulingOptions();
        return new SchedulingOptions
        {
            MaxConcurrency = r.Whole("max_concurrency", d.MaxConcurrency, 1, 100_000),
            PreemptAfter = r.Patience("preempt_after", d.PreemptAfter, "0s", "1h") ?? d.PreemptAfter,
            MaxPreemptions = r.Whole("max_preemptions", d.MaxPreemptions, 0, 1000),
            OnCommitted = EndpointBinder.OnCommitted(r, r.Choice("on_committed", d.OnCommitted, EnumText.Of<OnCommittedMode>())) ?? d.OnCommitted,
            MaxQueueLength = r.Whole("max_queue_length", d.MaxQueueLength, 1, 1_000_000),
            MaxQueueBytes = r.Size("max_queue_bytes", d.MaxQueueBytes, "1KiB", "1TiB"),
            QueueTimeout = r.Duration("queue_timeout", d.QueueTimeout, "1ms", "24h"),
            ReleaseDelay = r.Duration("release_delay", d.ReleaseDelay, "0s", "1m"),
            CancelConfirmTimeout = r.Duration("cancel_confirm_timeout", d.CancelConfirmTimeout, "100ms", "10m"),
            AgeLimit = r.DurationOrNull("age_limit", d.AgeLimit, "1s", "24h"),
        };
    }

    public static RetryOptions Retries(NodeReader r)
    {
        var d = new RetryOptions();
        return new RetryOptions
        {
            MaxRetries = r.Whole("max_retries", d.MaxRetries, 0, 100),
            BaseDelay = r.Duration("base_delay", d.BaseDelay, "0s", "1h"),
            MaxDelay = r.Duration("max_delay", d.MaxDelay, "0s", "1h"),
            RateLimitWait = r.Duration("rate_limit_wait", d.RateLimitWait, "0s", "1h"),
            RetryUnanswered = r.Flag("retry_unanswered", d.RetryUnanswered),
            Budget = r.Number("budget", d.Budget, 0, 1),
            FailuresPer30s = r.Whole("failures_per_30s", d.FailuresPer30s, 1, 100_000),
        };
    }

    public static TimeoutOptions Timeouts(NodeReader r)
    {
        var d = new TimeoutOptions();
        return new TimeoutOptions
        {
            Connect = r.Duration("connect", d.Connect, "1ms", "10m"),
            FirstByte = r.Duration("first_byte", d.FirstByte, "1ms", "24h"),
            Idle = r.Duration("idle", d.Idle, "1ms", "24h"),
            Total = r.DurationOrNull("total", d.Total, "1ms", "24h"),
        };
    }

    public static RateLimitOptions RateLimit(NodeReader r)
    {
        var d = new RateLimitOptions();
        return new RateLimitOptions
        {
            RequestsPerMinute = r.WholeOrNull("requests_per_minute", d.RequestsPerMinute, 1, Billion),
            TokensPerMinute = r.WholeOrNull("tokens_per_minute", d.TokensPerMinute, 1, Billion),
            RequestsPerMinutePerIp = r.WholeOrNull("requests_per_minute_per_ip", d.RequestsPerMinutePerIp, 1, Billion),
            KnownProxies = r.TextList("known_proxies", d.KnownProxies, "a list of IP addresses or networks such as \"10.0.0.0/8\"",
                ValueRules.IsAddressOrNetwork),
            Nodes = r.Whole("nodes", d.Nodes, 1, 10_000),
        };
    }

    public static CacheOptions Cache(NodeReader r)
    {
        var d = new CacheOptions();
        return new CacheOptions
        {
            Enabled = r.Flag("enabled", d.Enabled),
            Policy = r.Choice("policy", d.Policy, EnumText.Of<CachePolicy>()),
            Ttl = r.Duration("ttl", d.Ttl, "1s", "30d"),
            ModelsTtl = r.Duration("models_ttl", d.ModelsTtl, "1s", "30d"),
            MaxSizeMb = r.Whole("max_size_mb", d.MaxSizeMb, 1, 1 << 20),
            CacheableStatus = r.WholeList("cacheable_status", d.CacheableStatus, "a list of 200, 201, 400, 401", s => s is 200 or 201 or 400 or 401),
        };
    }

    public static CorsOptions Cors(NodeReader r)
    {
        const string Key = "origins";
        IReadOnlyList<string> origins = r.TextList(Key, [], "a list of origins such as \"https://app.example\", or of \"*\" alone",
            ValueRules.IsOrigin);
        if (origins.Contains("*") && origins.Count > 1)
        {
            r.Report(Key, "\"*\" already allows every origin, yet others stand beside it", "Keep \"*\" alone, or only the others.");
        }

        return new CorsOptions { Origins = origins };
    }

    public static LimitOptions Limits(NodeReader r)
    {
        var d = new LimitOptions();
        return new LimitOptions
        {
            MaxBodyBytes = r.Size("max_body_bytes", d.MaxBodyBytes, "1KiB", "1GiB"),
            MaxUploadBytes = r.Size("max_upload_bytes", d.MaxUploadBytes, "1KiB", "64GiB"),
            BufferedBytes = r.Size("buffered_bytes", d.BufferedBytes, "1KiB", "1TiB"),
            SpilledBytes = r.Size("spilled_bytes", d.SpilledBytes, "1KiB", "16TiB"),
            MaxConnections = r.Whole("max_connections", d.MaxConnections, 1, 1_000_000),
            DrainTimeout = r.Duration("drain_timeout", d.DrainTimeout, "0s", "24h"),
        };
    }
}
