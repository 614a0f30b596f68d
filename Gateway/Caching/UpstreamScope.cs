using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Gateway.Configuration;

namespace Gateway.Caching;

/// <summary>
/// Which upstreams answer, on whose account: part of every key, so that a gateway with other ones (after a reload, or beside this one on the same
/// Redis) finds nothing of these. Made once per configuration.
/// </summary>
internal sealed class UpstreamScope(GatewayOptions options)
{
    private readonly byte[] _digest = DigestOf(options.Instances);

    public GatewayOptions Options { get; } = options;

    public ReadOnlySpan<byte> Digest => _digest;

    /// <summary>
    /// Is an answer of this instance one of these upstreams'? Not always: a reload may come between the question and its call, and for a moment
    /// the instances are still those from before it.
    /// </summary>
    public bool Has(InstanceOptions instance) =>
        Options.Instances.Any(own => ReferenceEquals(own, instance) || PartsOf(own).AsSpan().SequenceEqual(PartsOf(instance)));

    private static byte[] DigestOf(IEnumerable<InstanceOptions> instances)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (InstanceOptions instance in instances.OrderBy(static instance => instance.Name, StringComparer.Ordinal))
        {
            Add(hash, PartsOf(instance));
        }

        return hash.GetHashAndReset();
    }

    /// <summary>All of an instance that its answers depend on.</summary>
    private static string[] PartsOf(InstanceOptions instance) =>
    [
        instance.ProviderType.ToString(), instance.ApiBase.AbsoluteUri, instance.ApiVersion, instance.ApiKey ?? "", instance.Auth.ToString(),
        instance.EmbeddingsBase64ToFloat.ToString(), instance.RemoveParameters is null ? "" : string.Join('\n', instance.RemoveParameters),
        .. instance.ModelDeployments.OrderBy(static pair => pair.Key, StringComparer.Ordinal).SelectMany(static pair => new[] { pair.Key, pair.Value }),
    ];

    private static void Add(IncrementalHash hash, string[] parts)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, parts.Length);
        hash.AppendData(length);
        foreach (string part in parts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
    }
}
