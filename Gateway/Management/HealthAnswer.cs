namespace Gateway.Management;

/// <summary>The body of the health routes.</summary>
/// <param name="Status"><c>healthy</c>, <c>starting</c> until all ports are open, or <c>draining</c> on the way out of service.</param>
/// <param name="RedisConnected">A Redis is configured and answers.</param>
/// <param name="Service">Always <c>openai-proxy</c>.</param>
/// <param name="Timestamp">Unix seconds, as a string.</param>
/// <param name="Target">The first upstream's base URL.</param>
internal sealed record HealthAnswer(string Status, bool RedisConnected, string Service, string Timestamp, string Target);
