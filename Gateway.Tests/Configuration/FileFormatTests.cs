using System.Text;
using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class FileFormatTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("influx_org: !!str 5", "5")]
    [InlineData("influx_org: !!str true", "true")]
    [InlineData("influx_org: !!str null", "null")]
    [InlineData("influx_org: !<tag:yaml.org,2002:str> 5", "5")]
    [InlineData("influx_org: ! 5", "5")]
    public void Load_YamlSaysThatItIsText_IsText(string yaml, string expected)
    {
        _folder.Write("c.yaml", yaml);

        LoadResult result = _folder.Load("--config", "c.yaml");

        Assert.Empty(result.Errors);
        Assert.Equal(expected, result.Options!.InfluxOrg);
    }

    [Theory]
    [InlineData("c.YML")]
    [InlineData("c.Yaml")]
    public void Load_YamlWithItsEndingInCapitals_IsYaml(string name)
    {
        _folder.Write(name, "debug: true");

        LoadResult result = _folder.Load("--config", name);

        Assert.Empty(result.Errors);
        Assert.True(result.Options!.Debug);
    }

    [Theory]
    [InlineData("c.json", "{\n\"influx_org\": \"secret?\" }")]
    [InlineData("c.yaml", "debug: true\ninflux_org: secret?\n")]
    [InlineData("c.json", "\uFEFF{\n\"influx_org\": \"secret?\" }")]
    public void Load_BytesThatAreNoUtf8_SaysWhereAndQuotesNothing(string name, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        bytes[Array.IndexOf(bytes, (byte)'?')] = 0xE9;
        File.WriteAllBytes(Path.Combine(_folder.Root, name), bytes);

        ConfigurationError error = Assert.Single(_folder.Load("--config", name).Errors);

        Assert.Equal(name, error.Key);
        Assert.Contains("UTF-8", error.Message, StringComparison.Ordinal);
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TextThatIsNotAscii_IsTakenAsItIs()
    {
        foreach (Encoding encoding in (Encoding[])[new UTF8Encoding(false), new UTF8Encoding(true), Encoding.Unicode])
        {
            File.WriteAllText(Path.Combine(_folder.Root, "config.json"), "{ \"influx_org\": \"caf\u00e9 \ufffd \ud83d\ude42\" }", encoding);

            Assert.Equal("caf\u00e9 \ufffd \ud83d\ude42", _folder.Load().Options!.InfluxOrg);
        }
    }
}
