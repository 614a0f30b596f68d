namespace Gateway.Management.Instances;

/// <summary>All instances by name.</summary>
internal sealed record InstancesAnswer(IReadOnlyDictionary<string, InstanceRow> Instances, InstancesSummary Summary);
