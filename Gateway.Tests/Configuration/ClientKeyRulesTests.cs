using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>One key, one place: whatever names a key twice stops the start, names both places, and never shows the key.</summary>
[Trait("req", "M1")]
[Trait("row", "A6")]
public class ClientKeyRulesTests
{
    /// <summary>Of the text <c>secret</c>.</summary>
    private const string Digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

    [Theory]
    [InlineData("""{ "client_api_keys": ["other", "secret", "secret"] }""", "client_api_keys", "entry 3 of client_api_keys", "entry 2 of client_api_keys")]
    [InlineData("""{ "client_api_keys": ["secret", "sha256:DIGEST"] }""", "client_api_keys", "entry 2 of client_api_keys", "entry 1 of client_api_keys")]
    [InlineData("""{ "client_api_keys": ["SHA256:DIGEST", "secret"] }""", "client_api_keys", "entry 2 of client_api_keys", "entry 1 of client_api_keys")]
    [InlineData("""{ "client_api_keys": ["secret"], "api_key_mapping": { "other": "u", "sha256:DIGEST": "u" } }""",
        "api_key_mapping", "entry 2 of api_key_mapping", "entry 1 of client_api_keys")]
    [InlineData("""{ "api_key_mapping": { "secret": "u", "sha256:DIGEST": "v" } }""", "api_key_mapping", "entry 2 of api_key_mapping", "entry 1 of api_key_mapping")]
    [InlineData("""{ "client_api_keys": ["secret"], "client_keys": [ { "name": "a", "key": "secret" } ] }""",
        "client_keys[0].key", "client_keys[0].key", "entry 1 of client_api_keys")]
    [InlineData("""{ "api_key_mapping": { "secret": "u" }, "client_keys": [ { "name": "a", "sha256": "DIGEST" } ] }""",
        "client_keys[0].sha256", "client_keys[0].sha256", "entry 1 of api_key_mapping")]
    [InlineData("""{ "client_keys": [ { "name": "a", "key": "secret" }, { "name": "b", "sha256": "DIGEST" } ] }""",
        "client_keys[1].sha256", "client_keys[1].sha256", "client_keys[0].key")]
    [InlineData("""{ "client_keys": [ { "name": "a", "key": "sha256:DIGEST", "enabled": false }, { "name": "b", "key": "secret" } ] }""",
        "client_keys[1].key", "client_keys[1].key", "client_keys[0].key")]
    public void Load_SameKeyTwice_NamesBothPlaces(string json, string key, string place, string other)
    {
        LoadResult loaded = ConfigurationFolder.LoadJson(json.Replace("DIGEST", Digest, StringComparison.Ordinal));

        ConfigurationError error = Assert.Single(loaded.Errors);
        Assert.Equal(key, error.Key);
        Assert.Contains($"{place} is the same key as {other}", error.Message, StringComparison.Ordinal);
        AssertUnseen(error);
    }

    [Theory]
    [InlineData("""{ "client_api_keys": ["other", "sha256:secret"] }""", "client_api_keys", "entry 2 of client_api_keys")]
    [InlineData("""{ "client_api_keys": ["sha256:", "other"] }""", "client_api_keys", "entry 1 of client_api_keys")]
    [InlineData("""{ "api_key_mapping": { "Sha256:DIGESTsecret": "u" } }""", "api_key_mapping", "entry 1 of api_key_mapping")]
    [InlineData("""{ "client_keys": [ { "name": "a", "sha256": "secret" } ] }""", "client_keys[0].sha256", "")]
    [InlineData("""{ "client_keys": [ { "name": "a", "key": "sha256:secret" } ] }""", "client_keys[0].key", "")]
    [InlineData("""{ "client_keys": [ { "name": "a", "key": "secret", "sha256": "DIGEST" } ] }""", "client_keys[0].sha256", "")]
    [InlineData("""{ "client_keys": [ { "name": "a", "upstream_key": "secret" } ] }""", "client_keys[0].key", "")]
    [InlineData("""{ "client_keys": [ { "name": "a", "key": "secret blank" } ] }""", "client_keys[0].key", "")]
    public void Load_NoKeyOrNoDigest_SaysWhere(string json, string key, string place)
    {
        LoadResult loaded = ConfigurationFolder.LoadJson(json.Replace("DIGEST", Digest, StringComparison.Ordinal));

        ConfigurationError error = Assert.Single(loaded.Errors);
        Assert.Equal(key, error.Key);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        AssertUnseen(error);
    }

    [Theory]
    [InlineData("""{ "client_keys": [ { "name": "a", "key": "1" }, { "name": "A", "key": "2" } ] }""", "client_keys[1].name", "client_keys[0].name")]
    [InlineData("""{ "client_api_keys": ["1"], "client_keys": [ { "name": "key-1", "key": "2" } ] }""", "client_keys[0].name", "a key without a name")]
    [InlineData("""{ "client_keys": [ { "name": "secret", "key": "secret" } ] }""", "client_keys[0].name", "client_keys[0].key")]
    [InlineData("""{ "client_api_keys": ["secret"], "client_keys": [ { "name": "secret", "key": "2" } ] }""", "client_keys[0].name", "entry 1 of client_api_keys")]
    [InlineData("""{ "client_keys": [ { "name": "a", "key": "1", "priorities": [1, 7] } ] }""", "client_keys[0].priorities", "7")]
    [InlineData("""{ "client_keys": [ { "name": "a", "key": "1", "endpoints": ["v1/files"] } ] }""", "client_keys[0].endpoints[0]", "paths below /v1 such as")]
    [InlineData("""{ "client_keys": [ { "name": "a", "key": "1", "endpoints": [] } ] }""", "client_keys[0].endpoints", "empty list")]
    public void Load_NameTierOrEndpointThatCannotBe_SaysWhy(string json, string key, string named)
    {
        ConfigurationError error = Assert.Single(ConfigurationFolder.LoadJson(json).Errors);

        Assert.Equal(key, error.Key);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        AssertUnseen(error);
    }

    [Fact]
    public void Load_KeyListedAndMapped_IsOneKey()
    {
        LoadResult loaded = ConfigurationFolder.LoadEnvironment(("CLIENT_API_KEYS", "a,b"), ("API_KEY_MAPPING", """{"a":"sk-a"}"""));

        IReadOnlyList<ClientKeyOptions> keys = ClientKeyList.Of(loaded.Options!);
        Assert.Equal([("key-1", "sk-a"), ("key-2", null)], keys.Select(static key => (key.Name, key.UpstreamKey)));
    }

    [Fact]
    public void Load_DigestsFromTheEnvironment_AreKeys()
    {
        string other = Digest.Replace('2', '3');
        LoadResult loaded = ConfigurationFolder.LoadEnvironment(
            ("CLIENT_API_KEYS", $"sha256:{Digest}"), ("API_KEY_MAPPING", $$"""{"sha256:{{other}}":"sk-a"}"""));

        Assert.True(loaded.Options!.ChecksCallers);
        Assert.True(ClientKeyList.Of(loaded.Options)[0].TryGetDigest(out KeyDigest digest));
        Assert.Equal(KeyDigest.Of("secret"), digest);
        Assert.Equal("sk-a", ClientKeyList.Of(loaded.Options)[1].UpstreamKey);
    }

    [Fact]
    public void Describe_ClientKeys_TellsThatTheyAreThereAndNotWhatTheyAre()
    {
        GatewayOptions options = ConfigurationFolder.LoadJson(
            $$"""{ "client_keys": [ { "name": "a", "key": "secret-1", "upstream_key": "secret-2", "models": ["m"] }, { "name": "b", "sha256": "{{Digest}}" } ] }""").Options!;
        string all = EffectiveConfiguration.ToJson(options) + EffectiveConfiguration.Describe(options) + options + options.ClientKeys[0];

        Assert.DoesNotContain("secret", all, StringComparison.Ordinal);
        Assert.DoesNotContain(Digest, all, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\"upstream_key_configured\": true", all, StringComparison.Ordinal);
        Assert.Contains("\"key_configured\": false", all, StringComparison.Ordinal);
    }

    private static void AssertUnseen(ConfigurationError error)
    {
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Digest[..16], error.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.True(error.Fix.Length > 0);
    }
}
