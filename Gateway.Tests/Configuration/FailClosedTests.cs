using Gateway.Authentication;
using Gateway.Configuration;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>
/// Whatever goes wrong with the keys, nobody is let in by it: the start is refused with one clear line per error, or a key is still needed.
/// </summary>
[Trait("row", "A6")]
public class FailClosedTests
{
    private const string Secret = "sk-secret-0123456789";

    /// <summary>What stands in the file (null: there is none), the environment, and the keys of the errors.</summary>
    public static TheoryData<string?, string, string> Refused => new()
    {
        { "", "", "config.json" },
        { "   \n", "", "config.json" },
        { "{ \"client_api_keys\": [\"sk-secret-0123456789\"", "", "config.json" },
        { "[\"sk-secret-0123456789\"]", "", "config.json" },
        { "null", "", "config.json" },
        { "\"sk-secret-0123456789\"", "", "config.json" },
        { "{ \"client_api_keys\": [\"a\"], \"client_api_keys\": [] }", "", "config.json" },
        { "{ \"client_api_keys\": null }", "", "client_api_keys" },
        { "{ \"client_api_keys\": \"sk-secret-0123456789\" }", "", "client_api_keys" },
        { "{ \"client_api_keys\": {} }", "", "client_api_keys" },
        { "{ \"client_api_keys\": [\"\"] }", "", "client_api_keys[0]" },
        { "{ \"client_api_keys\": [\"sk-secret-0123456789\", null] }", "", "client_api_keys[1]" },
        { "{ \"client_api_keys\": [[\"sk-secret-0123456789\"]] }", "", "client_api_keys[0]" },
        { "{ \"client_api_keys\": [\"${CLIENT_KEY}\"] }", "", "client_api_keys[0]" },
        { "{ \"client_api_keys\": [\"${CLIENT_KEY:}\"] }", "", "client_api_keys[0]" },
        { "{ \"client_api_keys\": [\"${CLIENT_KEY}\"] }", "CLIENT_KEY=", "client_api_keys[0]" },
        { "{ \"client_api_keys\": [\"sk-secret-0123456789\\n\"] }", "", "client_api_keys[0]" },
        { "{ \"client_api_keys\": [\"sk-secret-0123456789\\u00e9\"] }", "", "client_api_keys[0]" },
        { "{ \"client_api_keys\": [\"sk-secret-0123456789\", \"sk-secret-0123456789\"] }", "", "client_api_keys" },
        { "{ \"client_api_key\": [\"sk-secret-0123456789\"] }", "", "client_api_key" },
        { "{ \"Client_Api_Keys\": [\"sk-secret-0123456789\"] }", "", "Client_Api_Keys" },
        { "{ \"api_key_mapping\": null }", "", "api_key_mapping" },
        { "{ \"api_key_mapping\": [\"sk-secret-0123456789\"] }", "", "api_key_mapping" },
        { "{ \"api_key_mapping\": { \"sk-secret-0123456789\": null } }", "", "api_key_mapping[0]" },
        { "{ \"api_key_mapping\": { \"sk-secret-0123456789\": \"${UNSET}\" } }", "", "api_key_mapping[0]" },
        { "{ \"client_keys\": null }", "", "client_keys" },
        { "{ \"client_keys\": [] }", "", "client_keys" },
        { "{ \"client_keys\": [{}] }", "", "client_keys[0].key,client_keys[0].name" },
        { "{ \"client_keys\": [{ \"name\": \"a\" }] }", "", "client_keys[0].key" },
        { "{ \"client_keys\": [{ \"name\": \"a\", \"key\": \"\" }] }", "", "client_keys[0].key" },
        { "{ \"client_keys\": [{ \"name\": \"a\", \"key\": null }] }", "", "client_keys[0].key" },
        { "{ \"client_keys\": [{ \"name\": \"a\", \"key\": \"${UNSET}\" }] }", "", "client_keys[0].key" },
        { "{ \"client_keys\": [{ \"name\": \"a\", \"key\": \"sk-secret-0123456789\", \"model\": [\"m\"] }] }", "", "client_keys[0].model" },
        { "{ \"client_keys\": [{ \"name\": \"a\", \"key\": \"sk-secret-0123456789\", \"models\": [] }] }", "", "client_keys[0].models" },
        { "{ \"client_keys\": [{ \"name\": \"a\", \"key\": \"sk-secret-0123456789\", \"priorities\": [] }] }", "", "client_keys[0].priorities" },
        { "{ \"client_keys\": [{ \"name\": \"a\", \"key\": \"sk-secret-0123456789\", \"enabled\": \"maybe\" }] }", "", "client_keys[0].enabled" },
        { "{ \"client_keys\": [{ \"name\": \"a\", \"sha256\": \"sk-secret-0123456789\" }] }", "", "client_keys[0].sha256" },
        { "{ \"client_keys\": { \"a\": \"sk-secret-0123456789\" } }", "", "client_keys" },
        { "{ \"admin_token\": \"${UNSET}\" }", "", "admin_token" },
        { null, "CLIENT_API_KEYS=,", "client_api_keys[0],client_api_keys[1]" },
        { null, "CLIENT_API_KEYS=sk-secret-0123456789,", "client_api_keys[1]" },
        { null, "CLIENT_API_KEYS=sk-secret-0123456789 other", "client_api_keys[0]" },
        { null, "CLIENT_API_KEYS=sha256:sk-secret-0123456789", "client_api_keys" },
        { null, "API_KEY_MAPPING=sk-secret-0123456789", "api_key_mapping" },
        { null, "API_KEY_MAPPING={\"sk-secret-0123456789\":\"a\"", "api_key_mapping" },
        { null, "API_KEY_MAPPING={\"sk-secret-0123456789\":\"a\",\"sk-secret-0123456789\":\"b\"}", "api_key_mapping" },
        { null, "API_KEY_MAPPING=[]", "api_key_mapping" },
        { null, "API_KEY_MAPPING=null", "api_key_mapping" },
        { null, "HOST=0.0.0.0|OPENAI_API_KEY=sk-secret-0123456789", "host" },
        { null, "HOST=0.0.0.0|OPENAI_API_KEY=sk-secret-0123456789|CLIENT_API_KEYS=", "host" },
        { null, "HOST=0.0.0.0|OPENAI_API_KEY=sk-secret-0123456789|API_KEY_MAPPING={}", "host" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Load_KeysThatCannotBeMeant_StopTheStart(string? file, string variables, string keys)
    {
        LoadResult loaded = Load(file, variables);

        Assert.False(loaded.IsValid);
        Assert.Equal(keys.Split(','), loaded.Errors.Select(static error => error.Key).Distinct().Order(StringComparer.Ordinal));
        Assert.All(loaded.Errors, static error =>
        {
            Assert.DoesNotContain('\n', error.ToString());
            Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("{ \"client_api_keys\": [\"a\"] }", "")]
    [InlineData("{ \"api_key_mapping\": { \"a\": \"b\" } }", "")]
    [InlineData("{ \"client_keys\": [{ \"name\": \"x\", \"key\": \"a\", \"enabled\": false }] }", "")]
    [InlineData("{ \"client_api_keys\": [\"a\"], \"allow_anonymous\": true }", "")]
    [InlineData("{ \"client_api_keys\": [\"a\"] }", "CLIENT_API_KEYS=")]
    [InlineData("{ \"client_api_keys\": [] }", "CLIENT_API_KEYS=a")]
    [InlineData(null, "CLIENT_API_KEYS=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(null, "API_KEY_MAPPING={\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\":\"b\"}")]
    public void Load_AnyKeyAtAll_IsNeededFromThenOn(string? file, string variables)
    {
        var table = new KeyTable(Load(file, variables).Options!);

        Assert.Null(table.Find(new HeaderDictionary()));
        Assert.Null(table.Find(new HeaderDictionary { ["Authorization"] = "Bearer " + Secret }));
        Assert.Null(table.Find(new HeaderDictionary { ["Authorization"] = "Bearer " }));
        Assert.Null(table.Find(new HeaderDictionary { ["api-key"] = "" }));
    }

    /// <summary>A folder or file that was named and is not there is no empty one.</summary>
    [Theory]
    [InlineData("--config", "nowhere.json")]
    [InlineData("--config", "nowhere")]
    public void Load_NamedFileMissing_StopsTheStart(params string[] arguments)
    {
        using var folder = new ConfigurationFolder();

        Assert.False(folder.Load(arguments).IsValid);
    }

    private static LoadResult Load(string? file, string variables)
    {
        using var folder = new ConfigurationFolder();
        if (file is not null)
        {
            folder.Write("config.json", file);
        }

        foreach (string[] pair in variables.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(static variable => variable.Split('=', 2)))
        {
            folder.Environment[pair[0]] = pair[1];
        }

        return folder.Load();
    }
}
