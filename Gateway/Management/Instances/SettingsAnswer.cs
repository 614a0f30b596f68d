namespace Gateway.Management.Instances;

/// <summary>An instance was changed.</summary>
internal sealed record SettingsAnswer(string Message, string Instance, IReadOnlyList<string> UpdatedFields);
