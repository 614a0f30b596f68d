namespace Gateway.Management.Instances;

/// <summary>All instances together.</summary>
internal sealed record InstancesSummary(int TotalInstances, int HealthyInstances, long TotalRequests, long TotalTokens);
