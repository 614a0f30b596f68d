using Gateway.Configuration;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Upstreams;

[Trait("req", "A8")]
[Trait("row", "A7")]
public class InstanceTableTests
{
    private static readonly Uri Somewhere = new("http://127.0.0.1:1/");

    [Fact]
    public void Apply_SameInstances_KeepsIndexesAndConnections()
    {
        using var table = new InstanceTable(Options(Instance("a"), Instance("b")), TimeProvider.System);
        InstanceState[] before = [.. table.All];

        table.Apply(Options(Instance("b", slots: 3), Instance("a") with { Weight = 7 }));

        Assert.Equal([1, 3], table.Limits);
        Assert.Equal(["a", "b"], table.All.Select(static instance => instance.Name));
        Assert.All(before, old => Assert.Same(old.Invoker, table.Find(old.Index)!.Invoker));
        Assert.Equal(7, table.Find(0)!.Options.Weight);
    }

    [Fact]
    public void Apply_SameInstances_KeepsHealthAndUsage()
    {
        using var table = new InstanceTable(Options(Instance("a", slots: 5), Instance("b")), TimeProvider.System);
        InstanceState[] before = [.. table.All];
        List<int> changed = [];
        table.HealthChanged += changed.Add;
        before[0].Health.Eject(before[0].Health.Generation, "dead");
        before[1].Usage.Began();

        table.Apply(Options(Instance("b"), Instance("a", slots: 5)));

        Assert.Equal([1, 1], table.Limits);
        Assert.Equal((CircuitState.Open, 1), (table.Find(0)!.Health.State, table.Find(1)!.Usage.Requests));
        Assert.Equal([0], changed);
    }

    [Fact]
    public void Apply_OtherAddressOrKey_HoldsNothingAgainstIt()
    {
        using var table = new InstanceTable(Options(Instance("a"), Instance("b")), TimeProvider.System);
        foreach (InstanceState instance in table.All)
        {
            instance.Health.Eject(instance.Health.Generation, "dead");
        }

        table.Apply(Options(Instance("a") with { ApiKey = "new" }, Instance("b") with { ApiBase = new Uri("http://127.0.0.1:2/v1") }));

        Assert.All(table.All, static instance => Assert.Equal(CircuitState.Closed, instance.Health.State));
    }

    [Fact]
    public void Apply_OtherConnectionSettings_TakesNewConnections()
    {
        using var table = new InstanceTable(Options(Instance("a"), Instance("b"), Instance("c")), TimeProvider.System);
        InstanceState[] before = [.. table.All];

        table.Apply(Options(
            Instance("a") with { ProxyUrl = "http://proxy:3128" }, Instance("b") with { HttpVersion = UpstreamHttpVersion.Http2 }, Instance("c")));

        Assert.Equal([false, false, true], before.Select(old => ReferenceEquals(old.Invoker, table.Find(old.Index)!.Invoker)));
    }

    [Fact]
    public void Apply_OtherConnectTimeout_TakesNewConnections()
    {
        using var table = new InstanceTable(Options(Instance("a")), TimeProvider.System);
        HttpMessageInvoker before = table.Find(0)!.Invoker;

        table.Apply(Options(Instance("a")) with { Timeouts = new TimeoutOptions { Connect = TimeSpan.FromSeconds(1) } });

        Assert.NotSame(before, table.Find(0)!.Invoker);
    }

    [Fact]
    public void Apply_InstanceRemoved_LeavesItsIndexAloneForOneReload()
    {
        using var table = new InstanceTable(Options(Instance("a"), Instance("b")), TimeProvider.System);

        table.Apply(Options(Instance("new"), Instance("b")));
        Assert.Equal([0, 1, 1], table.Limits);
        Assert.Null(table.Find(0));
        Assert.Equal("new", table.Find(2)!.Name);

        table.Apply(Options(Instance("newer"), Instance("b"), Instance("new")));
        Assert.Equal([1, 1, 1], table.Limits);
        Assert.Equal("newer", table.Find(0)!.Name);
    }

    [Fact]
    public void Apply_InstanceDisabled_HasNoSlotsAndServesNothing()
    {
        using var table = new InstanceTable(Options(Instance("a"), Instance("b")), TimeProvider.System);

        table.Apply(Options(Instance("a") with { Enabled = false }, Instance("b")));

        Assert.Equal(InstanceSet.Of(1), table.Serving("any"));
        Assert.Equal([0, 1], table.Limits);
    }

    [Theory]
    [InlineData("gpt-5", 0b101)]
    [InlineData("GPT-5", 0b101)]
    [InlineData("o3", 0b110)]
    [InlineData("other", 0b100)]
    [InlineData(null, 0b111)]
    public void Serving_Model_IsWhoListsIt(string? model, int expected)
    {
        using var table = new InstanceTable(Options(
            Instance("a") with { SupportedModels = ["gpt-5"] }, Instance("b") with { SupportedModels = ["o3"] }, Instance("c")), TimeProvider.System);

        Assert.Equal(new InstanceSet((ulong)expected), table.Serving(model));
    }

    [Fact]
    public void Apply_AllOf64Replaced_StaysWithin64()
    {
        using var table = new InstanceTable(Many("old", 0, InstanceSet.MaxInstances), TimeProvider.System);
        for (int round = 0; round < 4; round++)
        {
            table.Apply(Many($"round{round}-", 0, InstanceSet.MaxInstances));

            Assert.Equal(InstanceSet.MaxInstances, table.Limits.Count);
            Assert.Equal(InstanceSet.MaxInstances, table.Serving(null).Count);
            Assert.All(table.All, instance => Assert.Same(instance, table.Find(instance.Index)));
        }
    }

    [Fact]
    public void Apply_HalfOf64Replaced_KeepsTheOthersInPlace()
    {
        using var table = new InstanceTable(Many("n", 0, InstanceSet.MaxInstances), TimeProvider.System);
        Dictionary<string, int> before = table.All.ToDictionary(static instance => instance.Name, static instance => instance.Index);

        table.Apply(Many("n", 32, InstanceSet.MaxInstances));

        Assert.Equal(InstanceSet.MaxInstances, table.Serving(null).Count);
        Assert.All(table.All.Where(instance => before.ContainsKey(instance.Name)), instance => Assert.Equal(before[instance.Name], instance.Index));
    }

    private static GatewayOptions Many(string name, int from, int count) =>
        Options([.. Enumerable.Range(from, count).Select(i => Instance($"{name}{i}"))]);

    private static GatewayOptions Options(params InstanceOptions[] instances) => GatewayHost.ThreeTiers(Somewhere, slots: 1) with { Instances = instances };

    private static InstanceOptions Instance(string name, int slots = 1) => GatewayHost.Instance(Somewhere, slots, name);
}
