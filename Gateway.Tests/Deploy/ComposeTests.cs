using System.Text.RegularExpressions;
using Gateway.Configuration;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using Gateway.Tests.Tidy;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Gateway.Tests.Deploy;

/// <summary>The compose file, as far as it can be judged without an engine: what it names exists, and says the same as the other files.</summary>
[Trait("req", "A12")]
public partial class ComposeTests
{
    private const string ConfigurationFile = "deploy/compose/config.json";

    private static readonly YamlNode Compose = Yaml.Documents("compose.yaml").Single();

    private static readonly YamlNode Gateway = Compose.At("services.gateway")!;

    [Fact]
    public void Services_AreThoseThatThePromiseNames() =>
        Assert.Superset(new HashSet<string> { "gateway", "redis", "influxdb", "prometheus", "grafana", "redis-commander" }, Compose.Map("services").Keys.ToHashSet());

    [Fact]
    public void Services_EachOne_IsAnExactImageAndCannotGainRights()
    {
        Assert.All(Compose.Map("services"), static service =>
        {
            Assert.Matches(ExactImage(), service.Value.Text("image"));
            Assert.Contains("no-new-privileges:true", service.Value.Texts("security_opt"));
        });
        Assert.Equal(["tools"], Compose.Texts("services.redis-commander.profiles"));
        Assert.Equal("true", Gateway.Text("read_only"));
        Assert.Equal(["ALL"], Gateway.Texts("cap_drop"));
        Assert.Null(Gateway.At("user"));
    }

    [Fact]
    public void Files_ThatAreMounted_Exist()
    {
        string[] sources = [.. Mounts().Select(static mount => mount.Source)];
        Assert.Contains("./deploy/grafana/dashboards", sources);
        Assert.All(sources, static source =>
        {
            if (source.StartsWith('.'))
            {
                Assert.True(Path.Exists(Path.Combine(SourceTree.Root, source)), source);
            }
            else
            {
                Assert.Contains(source, Compose.Map("volumes").Keys);
            }
        });
    }

    [Fact]
    public void Dashboards_LieWhereGrafanaIsToldToLook()
    {
        string told = Yaml.Documents("deploy/grafana/provisioning/dashboards/gateway.yml").Single().Text("providers.0.options.path");
        Assert.Contains(Mounts(), mount => mount.Source == "./deploy/grafana/dashboards" && mount.Target == told);
        Assert.Contains(Mounts(), static mount => mount.Target == "/etc/grafana/provisioning");
    }

    [Fact]
    public void Variables_OfTheGateway_AreRead()
    {
        HashSet<string> read = [.. EnvironmentVariables.Table.Select(static row => row.Variable), .. Names(SourceTree.File(ConfigurationFile).Text)];
        Assert.Subset(read, Gateway.Map("environment").Keys.ToHashSet());
        Assert.DoesNotContain("REDIS_HOST", read);
    }

    [Fact]
    public void Variables_ToBeFilledIn_StandInTheExample() =>
        Assert.Equal(Names(SourceTree.File("compose.yaml").Text).Order(), Example().Keys.Order());

    [Fact]
    public void Configuration_WithTheExampleFilledIn_IsSoundAndServesThePublishedPorts()
    {
        using ConfigurationFolder folder = Filled();
        LoadResult loaded = folder.Load("--config", Path.Combine(SourceTree.Root, ConfigurationFile));

        Assert.True(loaded.IsValid, string.Join('\n', loaded.Errors));
        Assert.Empty(loaded.Notes);
        Assert.Equal(8, loaded.Options.Scheduling.MaxConcurrency);
        Assert.Equal(Gateway.Texts("ports").Select(static port => int.Parse(port.Split(':')[^1], null)), loaded.Options.Endpoints.Select(static endpoint => endpoint.Port));
        Assert.Equal(Dockerfile.Ports, loaded.Options.Endpoints.Select(static endpoint => endpoint.Port));
        Assert.True(Durations.TryParse(Gateway.Text("stop_grace_period"), out TimeSpan grace) && grace > loaded.Options.Limits.DrainTimeout);
        Assert.All((string[])[loaded.Options.RedisUrl, loaded.Options.InfluxdbUrl], static url => Assert.Contains(new Uri(url).Host, Compose.Map("services").Keys));
        Assert.StartsWith(Dockerfile.One("WORKDIR") + "/", loaded.Options.StateFile, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_WithoutClientKeys_IsRefused()
    {
        using ConfigurationFolder folder = Filled();
        folder.Environment.Remove("CLIENT_API_KEYS");

        Assert.Contains(folder.Load("--config", Path.Combine(SourceTree.Root, ConfigurationFile)).Errors, static error => error.Key == "host");
    }

    [Fact]
    public void HealthCheck_OfTheImage_AsksThePortOfTheConfiguration()
    {
        Assert.Null(Gateway.At("healthcheck"));
        Assert.Contains(Gateway.Texts("ports"), static port => port.EndsWith(":" + Dockerfile.Words("HEALTHCHECK")[^1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Prometheus_OfPromtool_IsClean()
    {
        using var folder = new DeployFolder();
        string text = SourceTree.File("deploy/compose/prometheus.yml").Text;
        const string Token = "/run/secrets/admin_token";
        Assert.Contains(Token, text, StringComparison.Ordinal);
        Assert.Equal(["admin_token"], Compose.Texts("services.prometheus.secrets"));
        Assert.Equal("ADMIN_TOKEN", Compose.Text("secrets.admin_token.environment"));
        File.WriteAllText(Path.Combine(folder.Root, "compose.yml"), text.Replace(Token, Path.Combine(folder.Root, "token"), StringComparison.Ordinal));

        (int code, string said) = await Promtool.RunAsync(folder.Root, "check", "config", "compose.yml");

        Assert.True(code == 0 && !said.Contains("FAILED", StringComparison.Ordinal), said);
    }

    /// <summary>As whoever installs it does it, with the address that the image sets.</summary>
    private static ConfigurationFolder Filled()
    {
        var folder = new ConfigurationFolder();
        foreach ((string name, string value) in Example().Where(static pair => Gateway.Map("environment").ContainsKey(pair.Key)))
        {
            folder.Environment[name] = value.Length > 0 ? value : $"filled-in-{name}";
        }

        folder.Environment["HOST"] = Dockerfile.Image.Single(static line => line.Text.StartsWith("HOST=", StringComparison.Ordinal)).Text["HOST=".Length..];
        return folder;
    }

    private static Dictionary<string, string> Example() => SourceTree.File(".env.example").Text.Split('\n')
        .Where(static line => line.Length > 0 && line[0] != '#').Select(static line => line.Split('=', 2)).ToDictionary(static pair => pair[0], static pair => pair[1]);

    private static IEnumerable<(string Source, string Target)> Mounts() => Compose.Map("services").Values
        .SelectMany(static service => service.Texts("volumes")).Select(static mount => mount.Split(':')).Select(static parts => (parts[0], parts[1]));

    private static IEnumerable<string> Names(string text) => Variable().Matches(text).Select(static match => match.Groups["name"].Value).Distinct();

    [GeneratedRegex(@"\$\{(?<name>[A-Z_]+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^[\w./-]+:v?\d+\.\d+[\w.-]*$")]
    private static partial Regex ExactImage();
}
