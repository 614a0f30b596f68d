using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public class SampleTests
{
    [Fact]
    [Trait("req", "P1")]
    public void Load_FileOfTheOlderGateway_WorksUnchanged()
    {
        GatewayOptions options = ConfigurationFolder.LoadJson(
            """
            {
              "influxdb_url": "http://localhost:8086",
              "influx_token": "my-token",
              "influx_org": "openaiorg",
              "influx_bucket": "proxybucket",
              "openai_api_url": "https://api.openai.com/v1",
              "openai_api_key": "sk-key",
              "endpoints": [
                { "port": 8080, "priority": 1, "preemptive": true },
                { "port": 8081, "priority": 2, "preemptive": false }
              ]
            }
            """).Options!;

        Assert.Equal("http://localhost:8086", options.InfluxdbUrl);
        Assert.Equal("my-token", options.InfluxToken);
        Assert.Equal(
            [new EndpointOptions { Port = 8080, Priority = 1, Preemptive = true }, new EndpointOptions { Port = 8081, Priority = 2 }],
            options.Endpoints);
        Assert.Equal("sk-key", options.Instances[0].ApiKey);
    }

    [Fact]
    [Trait("req", "P1")]
    public void Load_OlderFileWithoutInfluxNames_TakesTheirDefaults()
    {
        GatewayOptions options = ConfigurationFolder.LoadJson(
            """{ "endpoints": [ { "port": 8080, "priority": 1, "preemptive": false } ] }""").Options!;

        Assert.Equal(("", "openaiorg", "proxybucket"), (options.InfluxdbUrl, options.InfluxOrg, options.InfluxBucket));
        Assert.Equal("https://api.openai.com/v1", options.OpenAiApiUrl);
    }

    [Fact]
    public void Load_CommittedSample_HasThreeTiers()
    {
        using var folder = new ConfigurationFolder();
        LoadResult result = folder.Load("--config", Path.Combine(Repository(), "config.json"));

        Assert.Empty(result.Errors);
        Assert.Equal([1, 2, 3], result.Options!.Endpoints.Select(endpoint => endpoint.Priority));
        Assert.Equal([true, true, false], result.Options.Endpoints.Select(endpoint => endpoint.Preemptive));
    }

    [Fact]
    public void Generate_CommittedSchema_IsUpToDate()
    {
        string committed = File.ReadAllText(Path.Combine(Repository(), "config.schema.json"));

        Assert.True(committed == ConfigurationSchema.Generate(ConfigurationSchema.Documentation()),
            "Write config.schema.json again: dotnet run --project Gateway -- --schema > config.schema.json");
    }

    [Fact]
    public void Documentation_EveryKey_IsDescribed()
    {
        string schema = ConfigurationSchema.Generate(ConfigurationSchema.Documentation());
        int described = schema.Split("\"description\":").Length - 1;

        // All but $schema, which is the editors' own.
        Assert.Equal(KnownKeys.Root.Walk().Count() - 1, described);
    }

    private static string Repository()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Gateway.sln")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException("Gateway.sln");
        }

        return directory;
    }
}
