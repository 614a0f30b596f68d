namespace Gateway.Upstreams;

/// <summary>What happens to the <c>model</c> of one call. The default: nothing.</summary>
/// <param name="IsRemoved">The request goes without it: its URL names the deployment.</param>
/// <param name="Sent">What the request says instead, as JSON text, or as a form's field has it; empty to leave it as it is.</param>
/// <param name="Restored">What the answer is made to say, as JSON text; empty to leave it as it is.</param>
internal readonly record struct ModelEdit(bool IsRemoved, ReadOnlyMemory<byte> Sent, ReadOnlyMemory<byte> Restored);
