using Gateway.Management.Dashboard.Feed;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Management.Dashboard;

/// <summary>What the dashboard can still show of what has happened.</summary>
public sealed class EventLogTests
{
    private readonly EventLog _events = new(new ManualTimeProvider());

    [Fact]
    public void Add_RefusalsWithoutEnd_LeaveTheOtherEventsThere()
    {
        _events.Add(new LiveEvent { Kind = LiveEventKind.InstanceDown, Instance = "a" });
        _events.Add(Failure(500, "upstream_cut"));
        for (int i = 0; i < 1000; i++)
        {
            _events.Add(Failure(401, "invalid_key"));
        }

        IReadOnlyList<LiveEvent> kept = _events.Kept();

        Assert.Equal(LiveEventKind.InstanceDown, kept[0].Kind);
        Assert.Equal("upstream_cut", kept[1].Reason);
        Assert.Equal(EventLog.MaxEqualFailures, kept.Count(static happened => happened.Reason == "invalid_key"));
        Assert.Equal(1002, kept[^1].Id);
    }

    [Fact]
    public void Add_FailuresOfEveryKind_LeaveRoomForWhatIsNone()
    {
        for (int i = 0; i < EventLog.Capacity - EventLog.MaxFailures; i++)
        {
            _events.Add(new LiveEvent { Kind = LiveEventKind.Preempted, Item = i });
        }

        for (int i = 0; i < 1000; i++)
        {
            _events.Add(Failure(400 + i, reason: null));
        }

        IReadOnlyList<LiveEvent> kept = _events.Kept();

        Assert.Equal(EventLog.Capacity - EventLog.MaxFailures, kept.Count(static happened => happened.Kind == LiveEventKind.Preempted));
        Assert.Equal(Enumerable.Range(1400 - EventLog.MaxFailures, EventLog.MaxFailures), kept.Where(static happened => happened.Kind == LiveEventKind.Failed).Select(static happened => happened.Status!.Value));
    }

    [Fact]
    public void Add_InterruptionsWithoutEnd_KeepsTheLastOnes()
    {
        for (int i = 0; i < 1000; i++)
        {
            _events.Add(new LiveEvent { Kind = LiveEventKind.Preempted, Item = i });
        }

        Assert.Equal(Enumerable.Range(1000 - EventLog.Capacity, EventLog.Capacity).Select(static i => (long?)i), _events.Kept().Select(static happened => happened.Item));
    }

    private static LiveEvent Failure(int status, string? reason) => new() { Kind = LiveEventKind.Failed, Status = status, Reason = reason };
}
