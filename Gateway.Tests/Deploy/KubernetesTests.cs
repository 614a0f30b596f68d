using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using Gateway.Tests.Tidy;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Gateway.Tests.Deploy;

/// <summary>The manifests, against each other, the configuration that they mount, and the gateway itself.</summary>
[Trait("req", "A12")]
public class KubernetesTests
{
    private const string Folder = "deploy/kubernetes/";

    private static readonly YamlNode Deployment = Yaml.Documents(Folder + "deployment.yaml").Single();
    private static readonly YamlNode Pod = Deployment.At("spec.template.spec")!;
    private static readonly YamlNode Container = Pod.At("containers.0")!;
    private static readonly GatewayOptions Options = Load();

    [Fact]
    public void Kustomization_NamesEveryFileButTheSecret()
    {
        YamlNode list = Yaml.Documents(Folder + "kustomization.yaml").Single();
        string[] there = [.. SourceTree.All.Where(static file => file.Path.StartsWith(Folder, StringComparison.Ordinal)).Select(static file => file.Name)];

        Assert.Equal(
            there.Except(["kustomization.yaml", "secret.example.yaml"]).Order(),
            list.Texts("resources").Concat(list.Texts("configMapGenerator.0.files")).Order());
        Assert.Equal("true", list.Text("generatorOptions.disableNameSuffixHash"));
        Assert.Equal(Container.Text("image"), list.Text("images.0.name"));
        Assert.Equal(ConfigurationCommand.Version(), list.Text("images.0.newTag"));
    }

    [Theory]
    [InlineData("startupProbe", "/health")]
    [InlineData("readinessProbe", "/health/ready")]
    [InlineData("livenessProbe", "/health")]
    public async Task Probes_AskWhatEveryPortAnswers(string probe, string path)
    {
        await using Rig rig = await Rig.StartAsync();
        Assert.Equal(path, Container.Text(probe + ".httpGet.path"));
        Assert.Contains(Container.Text(probe + ".httpGet.port"), Ports().Keys);

        foreach (int tier in (int[])[Rig.Urgent, Rig.Normal, Rig.Batch])
        {
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(tier, HttpMethod.Get, path));
            using HttpResponseMessage other = await rig.SendAsync(rig.Request(tier, HttpMethod.Get, path + "z"));
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (answer.StatusCode, other.StatusCode));
        }
    }

    [Fact]
    public void Ports_OfTheConfiguration_AreThoseOfContainerServicesAndPolicy()
    {
        int[] data = [.. Options.Endpoints.Select(static endpoint => endpoint.Port)];
        IReadOnlyList<YamlNode> services = Yaml.Documents(Folder + "service.yaml");
        YamlNode policy = Yaml.Documents(Folder + "network.yaml")[0];

        Assert.Equal([.. data, Options.ManagementPort!.Value], Ports().Values);
        Assert.Equal(data, services[0].List("spec.ports").Select(static port => port.Number("port")));
        Assert.Equal([Options.ManagementPort.Value], services[1].List("spec.ports").Select(static port => port.Number("port")));
        Assert.All(services.SelectMany(static service => service.List("spec.ports")), static port => Assert.Equal(port.Number("port"), Ports()[port.Text("targetPort")]));
        Assert.Equal(
            [.. data, Options.ManagementPort.Value],
            policy.List("spec.ingress").SelectMany(static rule => rule.List("ports")).Select(static port => port.Number("port")).Order());
        Assert.Contains(new Uri(Options.RedisUrl).Port, policy.List("spec.egress").SelectMany(static rule => rule.List("ports")).Select(static port => port.Number("port")));
    }

    [Fact]
    public void Selectors_FindThePods()
    {
        string label = Deployment.Map("spec.template.metadata.labels")["app.kubernetes.io/name"].ToString();
        YamlNode[] selectors =
        [
            Deployment.At("spec.selector.matchLabels")!, Yaml.Documents(Folder + "disruption.yaml").Single().At("spec.selector.matchLabels")!,
            Yaml.Documents(Folder + "network.yaml")[0].At("spec.podSelector.matchLabels")!, .. Yaml.Documents(Folder + "service.yaml").Select(static service => service.At("spec.selector")!),
        ];
        Assert.All(selectors, selector => Assert.Equal(label, ((YamlMappingNode)selector).Children.Single().Value.ToString()));
    }

    [Fact]
    public void Grace_IsLongerThanADrainAndThePauseBeforeIt()
    {
        int pause = Container.Number("lifecycle.preStop.sleep.seconds");
        Assert.True(Pod.Number("terminationGracePeriodSeconds") >= pause + Options.Limits.DrainTimeout.TotalSeconds + 2);
        Assert.InRange(pause, 1, 60);
    }

    [Fact]
    public void Limits_OfTheGateway_FitIntoThePod()
    {
        Assert.True(Options.Limits.BufferedBytes * 2 <= Bytes(Container.Text("resources.limits.memory")));
        Assert.True(Options.Limits.SpilledBytes < Bytes(Pod.List("volumes").Single(static volume => volume.Text("name") == "tmp").Text("emptyDir.sizeLimit")));
        Assert.Equal(Deployment.Number("spec.replicas"), Options.RateLimit!.Nodes);
        Assert.Empty(Options.StateFile);
    }

    [Fact]
    public void Container_HasNoRights()
    {
        Assert.Equal(Dockerfile.One("USER"), $"{Pod.Text("securityContext.runAsUser")}:{Pod.Text("securityContext.runAsGroup")}");
        Assert.Equal("true", Pod.Text("securityContext.runAsNonRoot"));
        Assert.Equal("false", Pod.Text("automountServiceAccountToken"));
        Assert.Equal("true", Container.Text("securityContext.readOnlyRootFilesystem"));
        Assert.Equal("false", Container.Text("securityContext.allowPrivilegeEscalation"));
        Assert.Equal(["ALL"], Container.Texts("securityContext.capabilities.drop"));
        Assert.Equal(["/etc/gateway", "/data", "/tmp"], Container.List("volumeMounts").Select(static mount => mount.Text("mountPath")));
    }

    [Fact]
    public void Arguments_OpenTheMountedConfiguration()
    {
        CommandLine line = CommandLine.Parse(Container.Texts("args"));
        Assert.Equal("/etc/gateway/config.json", line.Config);
        Assert.Equal("gateway", Container.Text("envFrom.0.secretRef.name"));
        Assert.Equal("gateway", Yaml.Documents(Folder + "secret.example.yaml").Single().Text("metadata.name"));
    }

    /// <summary>With the secret filled in, and the address that the image sets.</summary>
    private static GatewayOptions Load()
    {
        using var folder = new ConfigurationFolder();
        folder.Environment["HOST"] = "0.0.0.0";
        foreach (string name in Yaml.Documents(Folder + "secret.example.yaml").Single().Map("stringData").Keys)
        {
            folder.Environment[name] = $"filled-in-{name}";
        }

        LoadResult loaded = folder.Load("--config", Path.Combine(SourceTree.Root, Folder + "config.json"));
        Assert.True(loaded.IsValid && loaded.Notes.Count == 0, string.Join('\n', loaded.Errors.Select(static error => error.ToString()).Concat(loaded.Notes)));
        return loaded.Options;
    }

    private static Dictionary<string, int> Ports() => Container.List("ports").ToDictionary(static port => port.Text("name"), static port => port.Number("containerPort"));

    private static long Bytes(string text)
    {
        Assert.True(Sizes.TryParse(text + "B", out long bytes), text);
        return bytes;
    }
}
