using System.Net;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Of a model that the path names: it is asked where that model is served, by those who may use it.</summary>
[Trait("req", "P8")]
public class ModelPathTests
{
    [Theory]
    [InlineData("GET", "/v1/models/model-a", "default")]
    [InlineData("GET", "/v1/models/model-b", "other")]
    [InlineData("GET", "/v1/models/MODEL-B?x=1", "other")]
    [InlineData("GET", "/v1/models/org%2Fmodel%20c", "other")]
    [InlineData("GET", "/v1/models/org/model%20c", "other")]
    [InlineData("DELETE", "/v1/models/model-a", "default")]
    [InlineData("DELETE", "/v1/models/model-b", "other")]
    public async Task Model_InThePath_ChoosesTheInstanceAndThePathIsSentAsItCame(string method, string path, string instance)
    {
        await using SimulatorHost other = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await StartAsync(other);

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, new HttpMethod(method), path)).Soon();

        Assert.Equal(instance, answer.Header("x-gateway-instance"));
        Assert.Equal(path, Assert.Single((instance == "other" ? other : rig.Upstream).Requests).RawTarget);
        Assert.Empty((instance == "other" ? rig.Upstream : other).Requests);
    }

    [Fact]
    public async Task Model_InThePathAndNobodys_IsNotFound()
    {
        await using SimulatorHost other = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await StartAsync(other);

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Get, "/v1/models/model-c")).Soon();

        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (answer.StatusCode, (await StageFixture.ErrorAsync(answer)).Code));
        Assert.Empty(rig.Upstream.Requests);
        Assert.Empty(other.Requests);
    }

    [Theory]
    [InlineData("/v1/models/model-a", true)]
    [InlineData("/v1/models", true)]
    [InlineData("/v1/models/model-b", false)]
    [InlineData("/v1/%6Dodels/model%2Db", false)]
    [Trait("req", "M1")]
    public async Task Model_InThePathWithAKeyForModels_IsServedIfItIsOneOfThem(string path, bool isServed)
    {
        await using SimulatorHost other = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await StartAsync(other, new ClientKeyOptions { Name = "team-a", Key = "canary-team", Models = ["model-a"] });

        using HttpResponseMessage answer = await rig.SendAsync(
            rig.Request(Rig.Normal, HttpMethod.Get, path, null, "Authorization: Bearer canary-team")).Soon();

        AccessRecord record = Assert.Single(await rig.AssertQuietAsync(1, 1));
        Assert.Equal(isServed ? Outcome.Relayed : Outcome.ModelNotAllowed, record.Outcome);
        Assert.Equal(isServed ? 1 : 0, rig.Upstream.Requests.Count + other.Requests.Count);
    }

    private static Task<Rig> StartAsync(SimulatorHost other, params ClientKeyOptions[] keys) => Rig.StartAsync(1, options => options with
    {
        ClientKeys = keys,
        Instances =
        [
            options.Instances[0] with { SupportedModels = ["model-a"], ApiKey = keys.Length > 0 ? "sk-ours" : "" },
            GatewayHost.Instance(other.BaseAddress, 1, "other") with { SupportedModels = ["model-b", "org/model c"] },
        ],
    });
}
