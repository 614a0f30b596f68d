namespace Gateway.Recording.Influx;

/// <summary>How one attempt to write points ended.</summary>
/// <param name="Verdict">What follows.</param>
/// <param name="Reason">For the log, when they were not stored: a status or the kind of failure, never the server's own words.</param>
/// <param name="RetryAfter">When the server wants to be asked again; null when it does not say.</param>
internal readonly record struct WriteEnd(WriteVerdict Verdict, string Reason = "", TimeSpan? RetryAfter = null);
