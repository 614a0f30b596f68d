using System.Globalization;

namespace Gateway.Configuration;

/// <summary>The client keys of all three sections in one form.</summary>
internal static class ClientKeyList
{
    public static IReadOnlyList<ClientKeyOptions> Of(GatewayOptions options) =>
    [
        .. Unnamed(options).Select((key, index) => new ClientKeyOptions
        {
            Name = AutomaticName(index),
            Key = key,
            UpstreamKey = options.ApiKeyMapping.GetValueOrDefault(key),
        }),
        .. options.ClientKeys,
    ];

    /// <summary>Names that keys without one have.</summary>
    public static IEnumerable<string> AutomaticNames(GatewayOptions options) => Unnamed(options).Select(static (_, index) => AutomaticName(index));

    /// <summary>A key may stand in the list of keys and in the mapping: known, and mapped.</summary>
    private static IEnumerable<string> Unnamed(GatewayOptions options) =>
        options.ClientApiKeys.Concat(options.ApiKeyMapping.Keys).Distinct(StringComparer.Ordinal);

    private static string AutomaticName(int index) => string.Create(CultureInfo.InvariantCulture, $"key-{index + 1}");
}
