namespace Gateway.Requests;

/// <summary>What the cache did for a request.</summary>
internal enum CacheState
{
    /// <summary>Nothing: it is off, or the request never came so far.</summary>
    Off,

    /// <summary>Not asked: the request is none of those that are kept, or its caller did not want to.</summary>
    Bypass,

    /// <summary>It had no answer; this request fetched one.</summary>
    Miss,

    /// <summary>It had no answer, but another request was fetching the same: both got that one.</summary>
    Shared,

    Hit,
}
