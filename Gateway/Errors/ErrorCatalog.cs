using Gateway.Requests;

namespace Gateway.Errors;

/// <summary>The only place where an outcome becomes a status and an OpenAI error.</summary>
internal static class ErrorCatalog
{
    private const string InvalidRequest = "invalid_request_error";
    private const string RateLimit = "rate_limit_error";
    private const string Server = "server_error";
    private const string Upstream = "upstream_error";

    /// <summary>The error of an outcome; null for those that are no errors, or whose caller is not there to read one.</summary>
    public static ApiError? Of(Outcome outcome) => outcome switch
    {
        Outcome.Pending or Outcome.Relayed or Outcome.Answered or Outcome.CallerGone => null,
        Outcome.RouteNotFound => new(404, InvalidRequest, "unknown_url", "Unknown URL. API routes start with /v1."),
        Outcome.MethodNotAllowed => new(405, InvalidRequest, "method_not_allowed", "This route does not take this method."),
        Outcome.PathRefused => new(400, InvalidRequest, "invalid_path", "The path leaves the API's root or is not a path."),
        Outcome.UpgradeNotSupported => new(501, InvalidRequest, "upgrade_not_supported",
            "The only upgrade served is a WebSocket: GET over HTTP/1.1 with 'Connection: Upgrade' and 'Upgrade: websocket'."),
        Outcome.Unauthorized => new(401, InvalidRequest, "invalid_api_key",
            "Incorrect or missing API key. Send exactly one, as 'Authorization: Bearer <key>' or 'api-key: <key>'."),
        Outcome.OriginRefused => new(403, InvalidRequest, "origin_refused",
            "Without a key of its own this request may not use the gateway's."),
        Outcome.TierNotAllowed => new(403, InvalidRequest, "tier_not_allowed", "This API key may not use this endpoint of the gateway."),
        Outcome.EndpointNotAllowed => new(403, InvalidRequest, "endpoint_not_allowed", "This API key may not use this endpoint of the API."),
        Outcome.ModelNotAllowed => new(403, InvalidRequest, "model_not_allowed", "This API key may use certain models only."),
        Outcome.BodyMalformed => new(400, InvalidRequest, "invalid_body", "The request body cannot be read."),
        Outcome.BodyEncoded => new(415, InvalidRequest, "unsupported_encoding", "A compressed JSON body cannot be read. Send it without Content-Encoding."),
        Outcome.BodyTooLarge => new(413, InvalidRequest, "request_too_large", "The request body is too large."),
        Outcome.BodyIncomplete => new(400, InvalidRequest, "incomplete_body", "The request body ended early."),
        Outcome.BodyTooSlow => new(408, InvalidRequest, "body_timeout",
            $"The request body came too slowly: below {BodyPace.BytesPerSecond} bytes a second for {BodyPace.LookSeconds} seconds. Send it again."),
        Outcome.BufferBudgetSpent => new(503, Server, "overloaded", "Too many request bodies are waiting. Try again later."),
        Outcome.UploadStorageFailed => new(503, Server, "storage_failed", "The upload could not be stored. Try again later."),
        Outcome.ModelNotFound => new(404, InvalidRequest, "model_not_found", "No configured upstream serves this model."),
        Outcome.ModelAmbiguous => new(400, InvalidRequest, "ambiguous_model", "The query names more than one model or deployment."),
        Outcome.ContextTooLong => new(400, InvalidRequest, "context_length_exceeded", "The input is longer than any configured upstream of this model takes."),
        Outcome.RequestLimit => new(429, RateLimit, "rate_limit_exceeded", "Rate limit reached for requests."),
        Outcome.TokenLimit => new(429, RateLimit, "rate_limit_exceeded", "Rate limit reached for tokens."),
        Outcome.ManagementUnauthorized => new(401, InvalidRequest, "invalid_admin_token",
            "Incorrect or missing admin token. Send it as 'X-Admin-Token: <token>' or 'Authorization: Bearer <token>'."),
        Outcome.ManagementForbidden => new(403, InvalidRequest, "forbidden", "Management routes need the admin token, or a direct local connection."),
        Outcome.SettingRefused => new(400, InvalidRequest, "invalid_setting", "The settings cannot be taken over; nothing was changed."),
        Outcome.QueryRefused => new(400, InvalidRequest, "invalid_query", "The query cannot be answered."),
        Outcome.InstanceNotFound => new(404, InvalidRequest, "instance_not_found", "No instance has this name."),
        Outcome.TierNotFound => new(404, InvalidRequest, "tier_not_found", "No tier has this priority."),
        Outcome.ItemNotFound => new(404, InvalidRequest, "request_not_found", "No waiting request has this id: it never existed, or is over."),
        Outcome.ItemRunning => new(409, InvalidRequest, "request_running", "The request is no longer waiting: an upstream call of it runs."),
        Outcome.CacheEntryNotFound => new(404, InvalidRequest, "cache_entry_not_found", "No cached answer has this key: it never existed, or has expired."),
        Outcome.CacheUnavailable => new(503, Server, "cache_unavailable", "Redis does not answer: the cache was not cleared, or not all of it. Try again later."),
        Outcome.DashboardFull => new(503, Server, "dashboard_full", "As many browsers watch the dashboard as may. Close one, or try again later."),
        Outcome.QueueFull => new(429, RateLimit, "rate_limit_exceeded", "The queue of this tier is full. Try again after the time in Retry-After."),
        Outcome.QueueExpired => new(503, Server, "queue_timeout", "The request waited in the queue as long as its tier allows. Try again later."),
        Outcome.CallerDeadline => new(504, Server, "deadline_exceeded", "The caller's own deadline passed while the request waited."),
        Outcome.Draining => new(503, Server, "draining", "The gateway is shutting down. Try again: another one will answer."),
        Outcome.NoInstance => new(503, Server, "no_upstream", "No upstream instance can take the request now."),
        Outcome.UpstreamPaused => new(429, RateLimit, "upstream_rate_limited",
            "Every upstream instance that serves this request is at its rate limit. Try again after the time in Retry-After."),
        Outcome.WindowClosed => new(429, RateLimit, "rate_limit_exceeded",
            "The tokens per minute of every instance that serves this request are used up. Try again after the time in Retry-After."),
        Outcome.WindowTooSmall => new(429, RateLimit, "rate_limit_exceeded", "The request is too large for the tokens per minute of any instance (max_tpm)."),
        Outcome.RetryBudgetSpent => new(503, Upstream, "retries_exhausted", "The upstream keeps failing and too many requests are being tried again. Try again later."),
        Outcome.Removed => new(503, Server, "removed", "An operator took the request out of the queue."),
        Outcome.SchedulerFault => new(503, Server, "scheduler_fault", "The gateway met an internal fault and must be restarted."),
        Outcome.UpstreamUnreachable => new(502, Upstream, "upstream_unreachable", "The upstream could not be reached."),
        Outcome.UpstreamSignInFailed => new(502, Upstream, "upstream_sign_in_failed", "The gateway could not sign in to the upstream."),
        Outcome.UpstreamReset => new(502, Upstream, "upstream_reset", "The upstream closed the connection before it answered."),
        Outcome.UpstreamInvalid => new(502, Upstream, "upstream_invalid", "The upstream's answer is not valid HTTP."),
        Outcome.UpstreamRedirected => new(502, Upstream, "upstream_redirected",
            "The upstream answered with a redirect, which is not followed. Either the path of the request is not quite right (a slash at its end?), or the upstream's api_base."),
        Outcome.UpstreamFirstByteTimeout => new(504, Upstream, "upstream_timeout", "The upstream did not begin to answer in time (timeouts.first_byte)."),
        Outcome.UpstreamIdleTimeout => new(504, Upstream, "upstream_idle_timeout", "The upstream fell silent (timeouts.idle)."),
        Outcome.UpstreamTotalTimeout => new(504, Upstream, "upstream_total_timeout", "The upstream took longer than allowed (timeouts.total)."),
        Outcome.UpstreamCut => new(502, Upstream, "upstream_cut", "The upstream broke its answer off."),
        Outcome.Fault => new(500, Server, "internal_error", "The gateway met a bug. The request id names it in the log."),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "An outcome without an error."),
    };

    /// <summary>The end came from us, not from a broken connection: a stream that was begun may be told so in an event of its own.</summary>
    public static bool MayEndStream(Outcome outcome) =>
        outcome is Outcome.UpstreamIdleTimeout or Outcome.UpstreamTotalTimeout or Outcome.Draining;
}
