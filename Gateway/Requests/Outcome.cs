namespace Gateway.Requests;

/// <summary>How a request ended. Expected ends are values: each becomes a status and an error body in one place, and a metric label.</summary>
internal enum Outcome
{
    /// <summary>Not over yet.</summary>
    Pending,

    /// <summary>The upstream's answer reached the caller whole, whatever its status.</summary>
    Relayed,

    /// <summary>The gateway answered a route of its own.</summary>
    Answered,

    CallerGone,
    RouteNotFound,
    MethodNotAllowed,
    PathRefused,
    UpgradeNotSupported,
    Unauthorized,

    /// <summary>A web page of somebody else's sent it, on the gateway's own key.</summary>
    OriginRefused,

    /// <summary>The caller's key is not for this port.</summary>
    TierNotAllowed,

    /// <summary>The caller's key is not for this part of the API.</summary>
    EndpointNotAllowed,

    /// <summary>The caller's key is not for this model, or the request names none.</summary>
    ModelNotAllowed,
    BodyMalformed,
    BodyEncoded,
    BodyTooLarge,
    BodyIncomplete,

    /// <summary>The caller sent its body more slowly than <see cref="BodyPace"/> allows.</summary>
    BodyTooSlow,
    BufferBudgetSpent,
    UploadStorageFailed,
    ModelNotFound,

    /// <summary>The query of a WebSocket names more than one.</summary>
    ModelAmbiguous,

    /// <summary>The prompt is longer than any instance of its model takes.</summary>
    ContextTooLong,

    /// <summary>The caller, or its address, has sent as many requests as it may.</summary>
    RequestLimit,

    /// <summary>The caller has used as many tokens as it may, or asks for more than it ever may.</summary>
    TokenLimit,
    ManagementUnauthorized,
    ManagementForbidden,
    SettingRefused,

    /// <summary>A parameter in the query of a management route.</summary>
    QueryRefused,
    InstanceNotFound,
    TierNotFound,
    ItemNotFound,
    ItemRunning,
    CacheEntryNotFound,

    /// <summary>Redis, which holds the cache, is out.</summary>
    CacheUnavailable,

    /// <summary>As many browsers watch the dashboard as may.</summary>
    DashboardFull,
    QueueFull,
    QueueExpired,
    CallerDeadline,
    Draining,
    NoInstance,

    /// <summary>All instances asked to be left alone for longer than a request is held.</summary>
    UpstreamPaused,

    /// <summary>The token windows of all instances are closed for longer than the caller waits.</summary>
    WindowClosed,

    /// <summary>It would take more tokens than its tier's whole share of any instance's window.</summary>
    WindowTooSmall,
    RetryBudgetSpent,
    Removed,
    SchedulerFault,
    UpstreamUnreachable,

    /// <summary>The gateway got no token to show to the upstream.</summary>
    UpstreamSignInFailed,
    UpstreamReset,
    UpstreamInvalid,

    /// <summary>Not followed: it would send the key to a host that the configuration does not name.</summary>
    UpstreamRedirected,
    UpstreamFirstByteTimeout,
    UpstreamIdleTimeout,
    UpstreamTotalTimeout,

    /// <summary>The upstream broke off after content had reached the caller: the caller's connection was broken too.</summary>
    UpstreamCut,

    /// <summary>A bug in the gateway.</summary>
    Fault,
}
