using System.Text;
using Gateway.Management.Dashboard.Feed;
using Gateway.Management.Instances;
using Gateway.Scheduling;
using Xunit;

namespace Gateway.Tests.Management.Dashboard;

/// <summary>What two frames tell of what happened between them.</summary>
public class FrameEventsTests
{
    [Fact]
    public void Between_TheSame_IsNothing() => Assert.Empty(FrameEvents.Between(Frame(), Frame()));

    [Fact]
    public void Between_RequestInterrupted_NamesItAndWhoDidIt()
    {
        Frame before = Frame([Item(7, instance: "a")]);
        Frame now = Frame([Item(7, interrupted: 1)], preempted: 1);

        LiveEvent happened = Assert.Single(FrameEvents.Between(before, now));

        Assert.Equal((LiveEventKind.Preempted, 3, 1, 7, "a"), (happened.Kind, happened.Tier, happened.By, happened.Item, happened.Instance));
    }

    [Fact]
    public void Between_InterruptedForTheTierZero_NamesIt()
    {
        Frame now = Frame([Item(7, interrupted: 1) with { By = 0 }], preempted: 1);

        LiveEvent happened = Assert.Single(FrameEvents.Between(Frame([Item(7, instance: "a")]), now));

        Assert.Equal(0, happened.By);
        Assert.Contains("\"by\":0", Encoding.UTF8.GetString(FeedJson.Body(now)), StringComparison.Ordinal);
        Assert.DoesNotContain("\"by\"", Encoding.UTF8.GetString(FeedJson.Body(Frame([Item(7)]))), StringComparison.Ordinal);
    }

    [Fact]
    public void Between_InterruptedAndGone_IsCounted()
    {
        Frame before = Frame([Item(7, instance: "a"), Item(8, interrupted: 2)]);
        Frame now = Frame([Item(8, interrupted: 2), Item(9, interrupted: 1)], preempted: 4);

        LiveEvent[] happened = [.. FrameEvents.Between(before, now)];

        Assert.Equal([(9L, null), (null, 3L)], happened.Select(static one => (one.Item, one.Count)));
        Assert.All(happened, static one => Assert.Equal(LiveEventKind.Preempted, one.Kind));
    }

    [Fact]
    public void Between_InterruptedBeforeItWasListed_IsNoNews()
    {
        // It stood where no frame showed it.
        Assert.Empty(FrameEvents.Between(Frame(preempted: 3), Frame([Item(7, interrupted: 3)], preempted: 3)));
    }

    [Fact]
    public void Between_TriedAgain_IsToldApartFromInterruptions()
    {
        LiveEvent happened = Assert.Single(FrameEvents.Between(Frame([Item(7, instance: "a")]), Frame([Item(7) with { Retries = 1 }], retried: 1)));

        Assert.Equal((LiveEventKind.Retried, 7, "a"), (happened.Kind, happened.Item, happened.Instance));
    }

    [Theory]
    [InlineData(InstanceStatus.Active, HealthStatus.Healthy, InstanceStatus.Unavailable, HealthStatus.Unhealthy, LiveEventKind.InstanceDown)]
    [InlineData(InstanceStatus.Unavailable, HealthStatus.Unhealthy, InstanceStatus.Active, HealthStatus.Recovering, LiveEventKind.InstanceRecovering)]
    [InlineData(InstanceStatus.Active, HealthStatus.Recovering, InstanceStatus.Active, HealthStatus.Healthy, LiveEventKind.InstanceUp)]
    [InlineData(InstanceStatus.Active, HealthStatus.Healthy, InstanceStatus.Paused, HealthStatus.Healthy, LiveEventKind.InstancePaused)]
    [InlineData(InstanceStatus.Active, HealthStatus.Healthy, InstanceStatus.Disabled, HealthStatus.Healthy, LiveEventKind.InstanceDisabled)]
    [InlineData(InstanceStatus.Disabled, HealthStatus.Unhealthy, InstanceStatus.Unavailable, HealthStatus.Unhealthy, LiveEventKind.InstanceEnabled)]
    internal void Between_InstanceChanged_SaysHow(
        InstanceStatus was, HealthStatus wasHealth, InstanceStatus status, HealthStatus health, LiveEventKind kind)
    {
        LiveEvent happened = Assert.Single(FrameEvents.Between(
            Frame() with { Instances = [Instance(was, wasHealth)] }, Frame() with { Instances = [Instance(status, health)] }));

        Assert.Equal((kind, "a"), (happened.Kind, happened.Instance));
    }

    [Fact]
    public void Between_PausedResumedDraining_AreTold()
    {
        Frame paused = Frame() with { Tiers = [Tier() with { Paused = true }] };

        Assert.Equal([LiveEventKind.TierPaused], FrameEvents.Between(Frame(), paused).Select(static one => one.Kind));
        Assert.Equal(
            [LiveEventKind.Draining, LiveEventKind.TierResumed], FrameEvents.Between(paused, Frame() with { Draining = true }).Select(static one => one.Kind));
    }

    private static Frame Frame(FrameItem[]? items = null, long preempted = 0, long retried = 0) => new()
    {
        Run = "1",
        Version = "1",
        Guarded = false,
        Draining = false,
        Tiers = [Tier() with { Preempted = preempted, Retried = retried }],
        Items = items ?? [],
        Instances = [Instance(InstanceStatus.Active, HealthStatus.Healthy)],
        Traffic = new FrameTraffic(0, 0, 0, 0, 0, 0, 0, 0),
        Cache = new FrameCache(Enabled: true, 0, 0, 0, Shared: false),
        Limits = new FrameLimits(null, null, null),
    };

    private static FrameItem Item(long id, string? instance = null, int interrupted = 0) => new()
    {
        Id = id,
        Tier = 3,
        State = instance is null ? ItemState.Queued : ItemState.Running,
        At = 0,
        Started = null,
        RequestId = null,
        Model = null,
        Instance = instance,
        Interrupted = interrupted,
        By = interrupted > 0 ? 1 : null,
    };

    private static FrameTier Tier() => new()
    {
        Priority = 3,
        Names = [],
        Ports = [],
        Preemptive = false,
        Paused = false,
        Depth = 0,
        Sleeping = 0,
        Running = 0,
        EstimateMs = 0,
        Wait = null,
        Completed = 0,
        Rejected = 0,
        Preempted = 0,
        Retried = 0,
        WastedMs = 0,
        WastedTokens = 0,
    };

    private static FrameInstance Instance(InstanceStatus status, HealthStatus health) => new()
    {
        Name = "a",
        Provider = "openai",
        Status = status,
        Health = health,
        Reason = null,
        BackAt = null,
        Slots = 1,
        Limit = 1,
        Running = 0,
        Ending = 0,
        Cooling = 0,
        Leaked = 0,
        Open = true,
        Utilization = 0,
        LatencyMs = 0,
        Rpm = 0,
        Tpm = 0,
        MaxTpm = null,
        ErrorRate = 0,
        Errors = 0,
    };
}
