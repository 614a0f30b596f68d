using Gateway.Configuration;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Upstreams;

[Trait("req", "A6")]
[Trait("row", "U7")]
public class InstanceHealthTests
{
    private static readonly HealthOptions Options = new() { MinimumCalls = 4, FailureRatio = 0.5, Break = TimeSpan.FromSeconds(10) };

    private readonly ManualTimeProvider _time = new();
    private readonly InstanceHealth _health;
    private int _changes;
    private int _suspicions;

    public InstanceHealthTests() => _health = new InstanceHealth(Options, _time, () => _changes++, () => _suspicions++);

    [Theory]
    [InlineData(0, 3, false)]
    [InlineData(0, 4, true)]
    [InlineData(3, 2, false)]
    [InlineData(2, 2, true)]
    [InlineData(100, 99, false)]
    public void Calls_Ratio_OpensTheCircuit(int successes, int failures, bool opens)
    {
        Report(successes, failures);

        Assert.Equal(opens ? CircuitState.Open : CircuitState.Closed, _health.State);
        Assert.Equal(opens ? "reset" : null, _health.Standing.Reason);
        Assert.Equal(opens ? 1 : 0, _changes);
    }

    [Fact]
    public void Failures_SpreadOverTime_DoNotOpenIt()
    {
        for (int i = 0; i < 20; i++)
        {
            Report(0, 1);
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(CircuitState.Closed, _health.State);
    }

    [Fact]
    public void Open_BreakPasses_OneSuccessCloses()
    {
        Open();
        _time.Advance(TimeSpan.FromSeconds(9));
        _health.TryHalfOpen(_health.Generation);
        Assert.Equal((CircuitState.Open, TimeSpan.FromSeconds(1)), (_health.State, _health.ProbeIn));

        _time.Advance(TimeSpan.FromSeconds(1));
        _health.TryHalfOpen(_health.Generation);
        Assert.Equal(CircuitState.HalfOpen, _health.State);

        _health.Succeeded(_health.Generation);
        Assert.Equal((CircuitState.Closed, null), (_health.State, _health.Standing.Reason));
        Assert.Equal(3, _changes);
    }

    [Fact]
    public void HalfOpen_ProbeFails_OpensForAnotherBreak()
    {
        Open();
        _time.Advance(Options.Break);
        _health.TryHalfOpen(_health.Generation);

        _health.Failed(_health.Generation, "timeout");

        Assert.Equal((CircuitState.Open, "timeout", Options.Break), (_health.State, _health.Standing.Reason, _health.ProbeIn));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void HalfOpen_OlderCallEnds_SaysNothing(bool isSuccess)
    {
        int older = _health.Generation;
        Open();
        _time.Advance(Options.Break);
        _health.TryHalfOpen(_health.Generation);

        if (isSuccess)
        {
            _health.Succeeded(older);
        }
        else
        {
            _health.Failed(older, "reset");
        }

        Assert.Equal(CircuitState.HalfOpen, _health.State);
    }

    [Fact]
    public void Closed_AfterAProbe_CountsAnew()
    {
        Open();
        _time.Advance(Options.Break);
        _health.TryHalfOpen(_health.Generation);
        _health.Succeeded(_health.Generation);

        Report(0, 3);
        Assert.Equal(CircuitState.Closed, _health.State);
        Report(0, 1);
        Assert.Equal(CircuitState.Open, _health.State);
    }

    [Fact]
    public void Eject_Closed_OpensAtOnce()
    {
        _health.Eject(_health.Generation, "check failed");

        Assert.Equal((CircuitState.Open, "check failed", Options.Break), (_health.State, _health.Standing.Reason, _health.ProbeIn));
    }

    [Fact]
    public void Eject_AlreadyOpen_PutsTheProbeOff()
    {
        Open();
        _time.Advance(Options.Break);

        _health.Eject(_health.Generation, "check failed");
        _health.TryHalfOpen(_health.Generation);

        Assert.Equal((CircuitState.Open, Options.Break), (_health.State, _health.ProbeIn));
        Assert.Equal(1, _changes);
    }

    [Fact]
    public void Eject_ResetSinceTheCheckBegan_SaysNothing()
    {
        int before = _health.Generation;
        _health.Reset();

        _health.Eject(before, "check failed");

        Assert.Equal((CircuitState.Closed, null), (_health.State, _health.Standing.Reason));
    }

    [Fact]
    public void TryHalfOpen_OpenedAnewSinceTheCheckBegan_SaysNothing()
    {
        Open();
        int before = _health.Generation;
        _health.Reset();
        Open();
        _time.Advance(Options.Break);

        _health.TryHalfOpen(before);
        Assert.Equal(CircuitState.Open, _health.State);

        _health.TryHalfOpen(_health.Generation);
        Assert.Equal(CircuitState.HalfOpen, _health.State);
    }

    [Fact]
    public void Unreached_Closed_RaisesSuspicion()
    {
        _health.Failed(_health.Generation, "refused", unanswered: true);
        Assert.Equal((1, CircuitState.Closed), (_suspicions, _health.State));

        Open();
        _health.Failed(_health.Generation, "refused", unanswered: true);
        Assert.Equal(1, _suspicions);
    }

    [Fact]
    public void Pause_ShorterOneFollows_KeepsTheLonger()
    {
        _health.Pause(TimeSpan.FromSeconds(20));
        _health.Pause(TimeSpan.FromSeconds(5));
        Assert.Equal(_time.GetUtcNow().AddSeconds(20), _health.PausedUntil);
        Assert.Equal(1, _changes);

        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal((null, TimeSpan.Zero), (_health.PausedUntil, _health.PauseLeft));
    }

    [Fact]
    public void Reset_OpenAndPaused_IsAsNew()
    {
        Open();
        _health.Pause(TimeSpan.FromSeconds(20));

        _health.Reset();

        Assert.Equal((CircuitState.Closed, null, null), (_health.State, _health.Standing.Reason, _health.PausedUntil));
    }

    [Fact]
    public void Apply_NewSettings_StateStaysAndRatioIsNew()
    {
        _health.Apply(Options with { MinimumCalls = 2 });
        Report(0, 2);
        Assert.Equal(CircuitState.Open, _health.State);

        _health.Apply(Options with { Break = TimeSpan.FromSeconds(60) });
        Assert.Equal(CircuitState.Open, _health.State);
    }

    [Fact]
    public void Succeeded_Closed_CostsNoMemory()
    {
        Report(1000, 0);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Report(1000, 0);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    private void Open()
    {
        Report(0, 4);
        Assert.Equal(CircuitState.Open, _health.State);
    }

    private void Report(int successes, int failures)
    {
        for (int i = 0; i < successes; i++)
        {
            _health.Succeeded(_health.Generation);
        }

        for (int i = 0; i < failures; i++)
        {
            _health.Failed(_health.Generation, "reset");
        }
    }
}
