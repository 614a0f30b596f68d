using Chaos;
using Chaos.Processes;
using Chaos.Reports;
using Chaos.Scenarios;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Chaos;

/// <summary>The scenarios of <c>make chaos</c>, each as short as it makes sense, with nothing held against a clock.</summary>
public sealed class FaultTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-faults-");

    [Fact]
    [Trait("row", "H4")]
    public Task SlowHeadsAndBodies_CostOthersNothing() => HoldsAsync(new SlowCallers(), "slowhttptest");

    [Fact]
    [Trait("row", "H4")]
    public Task SlowReaders_HoldTheUpstreamBack() => HoldsAsync(new SlowReaders());

    [Fact]
    [Trait("row", "H5")]
    public Task LargeBodies_AllAtOnce_StayWithinTheBudget() => HoldsAsync(new LargeBodies());

    [Fact]
    [Trait("row", "H7")]
    public Task Http2_OnPlainPorts_IsRefused() => HoldsAsync(new Http2Attacks());

    [Fact]
    [Trait("row", "S6")]
    public Task Overload_ShedsTheLowerTiersFirst() => HoldsAsync(new Overload());

    [Fact]
    [Trait("row", "U5")]
    public Task EverythingRefused_DoesNotMultiply() => HoldsAsync(new Refusals());

    [Fact]
    [Trait("row", "R6")]
    [Trait("row", "R7")]
    [Trait("row", "R8")]
    public Task Redis_HungFullFlushedKilled_CostsNoRequest() => HoldsAsync(new RedisTrouble(), "redis-server");

    [Fact]
    [Trait("row", "R7")]
    public Task Redis_Killed_TwoNodesKeepTheLimit() => HoldsAsync(new LocalShare(), "redis-server");

    [Fact]
    [Trait("row", "M3")]
    public Task Influx_HangsRefusesFailsForLong_LosesNoPoint() => HoldsAsync(new InfluxOutages(), "influxd");

    [Fact]
    [Trait("row", "M4")]
    public Task Log_ThatNobodyReads_StopsNobody() => HoldsAsync(new BlockedLog());

    [Fact]
    [Trait("row", "M5")]
    public Task Probes_EverythingDown_AreAnswered() => HoldsAsync(new Probes(), "redis-server", "influxd");

    [Fact]
    [Trait("row", "L1")]
    public Task SigTerm_LiveStreams_FinishOrAreTold() => HoldsAsync(new Drain());

    [Fact]
    [Trait("row", "L2")]
    [Trait("row", "U13")]
    public Task Kill9_OverAndOver_LeavesNothingHalf() => HoldsAsync(new KillLoop(), "redis-server", "influxd");

    [Fact]
    [Trait("row", "L4")]
    public Task Descriptors_UsedUp_ComesBack() => HoldsAsync(new FewDescriptors(), "prlimit");

    [Fact]
    [Trait("row", "L4")]
    public Task Heap_TooSmallForTheBudget_Sheds() => HoldsAsync(new SmallHeap());

    [Fact]
    [Trait("row", "L4")]
    public Task Disk_Full_RefusesUploadsOnly() => HoldsAsync(new FullDisk());

    [Fact]
    [Trait("row", "L5")]
    [Trait("row", "M5")]
    public Task Start_WithNothingThere_Heals() => HoldsAsync(new AbsentParts(), "redis-server", "influxd");

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task HoldsAsync(IScenario scenario, params string[] needs)
    {
        Array.ForEach(needs, RealServer.Require);
        var programs = new Programs(typeof(GatewayApp).Assembly.Location, typeof(SimulatorApp).Assembly.Location);
        Verdict verdict = await Suite.PlayBriefAsync(scenario, programs, _folder.FullName, TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper?.WriteLine(verdict.Figures);
        Assert.True(verdict.Passed, $"{string.Join('\n', verdict.Broken)}\n{verdict.Figures}");
        Assert.Empty(Leaks.Search(_folder.FullName).Broken);
    }
}
