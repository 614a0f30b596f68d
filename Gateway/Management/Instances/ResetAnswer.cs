namespace Gateway.Management.Instances;

/// <summary>An instance was reset.</summary>
internal sealed record ResetAnswer(string Message, string Instance, DateTimeOffset Timestamp);
