using Gateway.Configuration;
using Gateway.Forwarding;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Forwarding;

[Trait("row", "U8")]
public sealed class AttemptClockTests : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly Scheduler _scheduler;
    private readonly Attempt _attempt;

    public AttemptClockTests()
    {
        var policy = new TierPolicy { Priority = 1 };
        _scheduler = new Scheduler(new SchedulerOptions { Tiers = [policy], InstanceLimits = [1] }, _time);
        _attempt = new Attempt(_scheduler, new WorkItem(policy, InstanceSet.Of(0)), number: 1, instance: 0, isPreemptible: false, isProbe: false);
    }

    [Fact]
    public void FirstByte_Silence_EndsTheAttempt()
    {
        using AttemptClock clock = Start();

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(CancellationReason.None, _attempt.Reason);
        _time.Advance(Tick);

        Assert.Equal((CancellationReason.TimedOut, Outcome.UpstreamFirstByteTimeout), (_attempt.Reason, clock.Expired));
    }

    [Fact]
    public void Idle_SilenceBehindTheHead_EndsTheAttempt()
    {
        using AttemptClock clock = Start();
        _time.Advance(TimeSpan.FromSeconds(9));
        clock.HeadArrived();

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(CancellationReason.None, _attempt.Reason);
        _time.Advance(Tick);

        Assert.Equal((CancellationReason.TimedOut, Outcome.UpstreamIdleTimeout), (_attempt.Reason, clock.Expired));
    }

    [Fact]
    public void Idle_SomethingNowAndThen_LetsALongStreamLive()
    {
        using AttemptClock clock = Start();
        clock.HeadArrived();
        for (int i = 0; i < 1000; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(4.9));
            clock.Active();
        }

        Assert.Equal(CancellationReason.None, _attempt.Reason);
        _time.Advance(TimeSpan.FromSeconds(5) + Tick);
        Assert.Equal(CancellationReason.TimedOut, _attempt.Reason);
    }

    [Fact]
    public void FirstByte_UploadInProgress_MovesTheLimit()
    {
        using AttemptClock clock = Start();
        for (int i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(9));
            clock.Active();
        }

        Assert.Equal(CancellationReason.None, _attempt.Reason);
        _time.Advance(TimeSpan.FromSeconds(10) + Tick);
        Assert.Equal((CancellationReason.TimedOut, Outcome.UpstreamFirstByteTimeout), (_attempt.Reason, clock.Expired));
    }

    [Fact]
    public void Idle_CallersTurn_DoesNotBlameTheUpstream()
    {
        using AttemptClock clock = Start();
        clock.HeadArrived();
        clock.CallersTurn();

        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(CancellationReason.None, _attempt.Reason);

        clock.Active();
        _time.Advance(TimeSpan.FromSeconds(10) + Tick);
        Assert.Equal((CancellationReason.TimedOut, Outcome.UpstreamIdleTimeout), (_attempt.Reason, clock.Expired));
    }

    [Theory]
    [InlineData(3, Outcome.UpstreamTotalTimeout)]
    [InlineData(60, Outcome.UpstreamTotalTimeout)]
    public void Total_SteadyStream_EndsIt(int total, object expected)
    {
        using AttemptClock clock = Start(total);
        if (total > 10)
        {
            clock.HeadArrived();
        }

        for (int i = 0; i < 70 && _attempt.Reason == CancellationReason.None; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1) + Tick);
            clock.Active();
        }

        Assert.Equal((CancellationReason.TimedOut, (Outcome)expected), (_attempt.Reason, clock.Expired));
    }

    [Fact]
    public void Dispose_Early_DisarmsTheTimer()
    {
        int before = _time.ArmedTimers;
        AttemptClock clock = Start();
        Assert.Equal(before + 1, _time.ArmedTimers);

        clock.Dispose();
        _time.Advance(TimeSpan.FromDays(1));

        Assert.Equal((before, CancellationReason.None), (_time.ArmedTimers, _attempt.Reason));
    }

    [Fact]
    public void Expiry_AfterAnotherReason_DoesNotReplaceIt()
    {
        using AttemptClock clock = Start();
        _attempt.Cancel(CancellationReason.CallerGone);

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(CancellationReason.CallerGone, _attempt.Reason);
    }

    public ValueTask DisposeAsync() => _scheduler.DisposeAsync();

    private AttemptClock Start(int? total = null) => new(
        _attempt, _time,
        new TimeoutOptions { Idle = TimeSpan.FromSeconds(5), Total = total is { } seconds ? TimeSpan.FromSeconds(seconds) : null },
        firstByte: TimeSpan.FromSeconds(10), arrived: 0);
}
