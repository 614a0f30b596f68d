namespace Gateway.Requests;

/// <summary>One parameter of a query.</summary>
/// <param name="Sent">As sent, name and value.</param>
/// <param name="Name">Decoded.</param>
/// <param name="Value">Decoded; empty without one.</param>
internal readonly record struct QueryParameter(string Sent, string Name, string Value);
