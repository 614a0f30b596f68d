using System.Globalization;

namespace Gateway.Configuration;

/// <summary>Rules across the three sections that hold client keys. Errors name places, never keys.</summary>
internal static class ClientKeyRules
{
    public const string NoDigest = "The value after \"sha256:\" is not a SHA-256 digest";
    public const string MendDigest = "Set 64 hexadecimal digits, as \"printf %s <key> | sha256sum\" prints them.";

    private const string List = "client_api_keys";
    private const string Mapping = "api_key_mapping";

    public static void Check(GatewayOptions options, NodeReader r)
    {
        Dictionary<KeyDigest, Place> owners = CheckKeys(options, r);
        CheckNames(options, owners, r);
        CheckPriorities(options, r);
    }

    private static Dictionary<KeyDigest, Place> CheckKeys(GatewayOptions options, NodeReader r)
    {
        var owners = new Dictionary<KeyDigest, Place>();
        foreach (Place place in Places(options))
        {
            if (!place.Options.TryGetDigest(out KeyDigest digest))
            {
                // An entry says itself what is wrong with its key.
                if (place.Number is not null)
                {
                    r.Report(place.Key, $"{NoDigest} ({place})", MendDigest);
                }
            }
            else if (!owners.TryAdd(digest, place) && !IsMappingOfListed(owners[digest], place))
            {
                r.Report(place.Key, $"{place} is the same key as {owners[digest]}", "Give each client a key of its own, in one place and one form.");
            }
        }

        return owners;
    }

    /// <summary>Listed as known and mapped to an upstream key, in the same words: what API_KEY_MAPPING beside CLIENT_API_KEYS means.</summary>
    private static bool IsMappingOfListed(Place first, Place second) =>
        first.Key == List && second.Key == Mapping && first.Options.Key == second.Options.Key;

    private static void CheckNames(GatewayOptions options, Dictionary<KeyDigest, Place> keys, NodeReader r)
    {
        var owners = ClientKeyList.AutomaticNames(options).ToDictionary(static name => name, static _ => "a key without a name", StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < options.ClientKeys.Count; i++)
        {
            string key = At(i, "name");
            string name = options.ClientKeys[i].Name;
            if (keys.TryGetValue(KeyDigest.Of(name), out Place? shown))
            {
                r.Report(key, $"The name is the key of {shown}: names appear in logs", "Choose another name.");
            }
            else if (name.Length > 0 && !owners.TryAdd(name, key))
            {
                r.Report(key, $"\"{name}\" is also the name of {owners[name]}", "Give each key a name of its own; upper and lower case count as the same.");
            }
        }
    }

    private static void CheckPriorities(GatewayOptions options, NodeReader r)
    {
        HashSet<int> known = [.. options.Endpoints.Select(static endpoint => endpoint.Priority)];
        for (int i = 0; i < options.ClientKeys.Count && !r.IsBad("endpoints"); i++)
        {
            foreach (int priority in options.ClientKeys[i].Priorities?.Except(known) ?? [])
            {
                r.Report(At(i, "priorities"), $"No endpoint has the priority {priority}", "Name priorities of \"endpoints\".");
            }
        }
    }

    private static IEnumerable<Place> Places(GatewayOptions options) =>
    [
        .. options.ClientApiKeys.Select(static (key, i) => Place.Entry(List, i, key)),
        .. options.ApiKeyMapping.Keys.Select(static (key, i) => Place.Entry(Mapping, i, key)),
        .. options.ClientKeys.Select(static (key, i) => new Place(At(i, key.Sha256 is null ? "key" : "sha256"), null, key)),
    ];

    private static string At(int index, string key) => string.Create(CultureInfo.InvariantCulture, $"client_keys[{index}].{key}");

    /// <summary>Where a key stands.</summary>
    private sealed record Place(string Key, int? Number, ClientKeyOptions Options)
    {
        public static Place Entry(string section, int index, string key) => new(section, index + 1, new ClientKeyOptions { Name = "", Key = key });

        public override string ToString() => Number is { } number ? string.Create(CultureInfo.InvariantCulture, $"entry {number} of {Key}") : Key;
    }
}
