using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public class RepeatedKeyTests
{
    [Theory]
    [InlineData("{\"endpoints\":[{\"port\":1,\n  \"port\":2}]}", "holds the same key twice in one section (\"port\"), the second time at line 2, column 3.")]
    [InlineData("{ // a\n\"debug\":true, \"d\\u0065bug\":true,}", "holds the same key twice in one section (\"debug\"), the second time at line 2, column 15.")]
    [InlineData("{\"api_key_mapping\":{\"sk-secret\":\"a\",\"sk-secret\":\"b\"}}", "holds the same key twice in one section, the second time at line 1, column 37.")]
    public void Load_KeyTwice_NamesItUnlessItMayBeASecret(string json, string expected)
    {
        ConfigurationError error = Assert.Single(ConfigurationFolder.LoadJson(json).Errors);

        Assert.Equal(expected, error.Message);
    }
}
