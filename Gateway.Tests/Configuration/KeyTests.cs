using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

[Trait("req", "A1")]
public class KeyTests
{
    public static TheoryData<string> Paths => new(KeyCases.All.Select(c => c.Path));

    [Fact]
    public void Cases_AllKnownKeys_HaveGoodAndBadValues()
    {
        string[] known = [.. KnownKeys.Root.Walk().Select(key => key.Path).Order(StringComparer.Ordinal)];
        string[] covered = [.. KeyCases.All.Where(c => c.Good.Length > 0 && c.Bad.Length > 0).Select(c => c.Path).Order(StringComparer.Ordinal)];

        Assert.Equal(known, covered);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Load_GoodValue_IsTaken(string path)
    {
        foreach (string good in KeyCases.All.Single(c => c.Path == path).Good)
        {
            (string json, string _) = KeyCases.Document(path, good);
            LoadResult result = ConfigurationFolder.LoadJson(json);

            Assert.True(result.IsValid, $"{json}: {string.Join("; ", result.Errors)}");
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Load_BadValue_NamesTheKeyAndTheFix(string path)
    {
        foreach (string bad in KeyCases.All.Single(c => c.Path == path).Bad)
        {
            (string json, string where) = KeyCases.Document(path, bad);
            LoadResult result = ConfigurationFolder.LoadJson(json);

            Assert.True(result.Errors.Count == 1, $"{json}: {string.Join("; ", result.Errors)}");
            Assert.StartsWith(where, result.Errors[0].Key, StringComparison.Ordinal);
            Assert.True(result.Errors[0].Fix.Length > 0, json);
        }
    }

    [Theory]
    [InlineData("rate_limit.known_proxies", """["10.0.0.0/8","10.0.0.300"]""", "rate_limit.known_proxies[1]", "\"10.0.0.300\" does not belong in a list of IP addresses")]
    [InlineData("cors.origins", """["https://a.example","b.example"]""", "cors.origins[1]", "\"b.example\" does not belong in a list of origins")]
    [InlineData("cache.cacheable_status", "[200,418]", "cache.cacheable_status[1]", "418 does not belong in a list of 200")]
    [InlineData("client_keys[].endpoints", """["/files","files"]""", "client_keys[0].endpoints[1]", "\"files\" does not belong in a list of paths")]
    [InlineData("client_api_keys", """["a","sk secret"]""", "client_api_keys[1]", "The value does not belong in a list of keys")]
    [InlineData("api_key_mapping", """{"a":"b","sk-secret":""}""", "api_key_mapping[1]", "The value does not belong in a map of client keys")]
    [InlineData("instances[].model_deployments", """{"gpt-4":"a","gpt-5":1}""", "instances[0].model_deployments.gpt-5", "1 does not belong in a map of model names")]
    public void Load_BadEntry_IsNamedAndNoOther(string path, string value, string where, string message)
    {
        ConfigurationError error = Assert.Single(ConfigurationFolder.LoadJson(KeyCases.Document(path, value).Json).Errors);

        Assert.Equal(where, error.Key);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>An entry needs one of the two: to leave the bad one out would be the next mistake.</summary>
    [Theory]
    [InlineData("key")]
    [InlineData("sha256")]
    public void Load_BadKeyOfAnEntry_IsNotToBeLeftOut(string key)
    {
        ConfigurationError error = Assert.Single(
            ConfigurationFolder.LoadJson($$"""{ "client_keys": [ { "name": "a", "{{key}}": "two words" } ] }""").Errors);

        Assert.Equal($"client_keys[0].{key}", error.Key);
        Assert.DoesNotContain("leave the key out", error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Load_MisspeltKey_NamesTheNearest(string path)
    {
        (string json, string where) = KeyCases.Document(path, "1");
        string name = path.Split('.')[^1].Replace("[]", "", StringComparison.Ordinal);
        string misspelt = name[..^2] + name[^1] + name[^2];
        if (misspelt == name)
        {
            misspelt += "x";
        }

        LoadResult result = ConfigurationFolder.LoadJson(json.Replace($"\"{name}\"", $"\"{misspelt}\"", StringComparison.Ordinal));

        ConfigurationError error = Assert.Single(result.Errors, e => e.Message.StartsWith("is not a known key", StringComparison.Ordinal));
        Assert.Contains($"\"{where}\"", error.Fix, StringComparison.Ordinal);
    }
}
