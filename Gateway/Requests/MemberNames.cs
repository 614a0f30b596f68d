using System.Text;
using Gateway.Configuration;

namespace Gateway.Requests;

/// <summary>The members that some instance of a configuration edits, ready to be compared.</summary>
internal sealed class MemberNames(GatewayOptions options)
{
    /// <summary>Whose instances these are.</summary>
    public GatewayOptions Options { get; } = options;

    /// <summary>Empty when no instance edits any.</summary>
    public IReadOnlyList<(string Name, byte[] Utf8)> All { get; } =
        [.. EditedParameters.Of(options).Select(static name => (name, Encoding.UTF8.GetBytes(name)))];
}
