using Gateway.Requests;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Upstreams;

[Trait("req", "A7")]
public class InstanceUsageTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly InstanceUsage _usage;

    public InstanceUsageTests() => _usage = new InstanceUsage(_time);

    [Fact]
    public void Counters_SomeCalls_AddUp()
    {
        Call(tokens: 30);
        Call(tokens: 12);
        _usage.Began();
        _usage.Failed(Outcome.UpstreamUnreachable, null);
        _usage.Began();

        Assert.Equal((4, 2, 1, 42), (_usage.Requests, _usage.Successes, _usage.Errors, _usage.Tokens));
        Assert.Equal((4, 42, 0.25), (_usage.CurrentRpm, _usage.CurrentTpm, _usage.ErrorRate));
        Assert.Equal(_time.GetUtcNow(), _usage.LastUsed);
    }

    [Fact]
    public void Window_AMinutePasses_ForgetsSecondBySecond()
    {
        Call(tokens: 10);
        _time.Advance(TimeSpan.FromSeconds(30));
        Call(tokens: 5);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal((2, 15), (_usage.CurrentRpm, _usage.CurrentTpm));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((1, 5), (_usage.CurrentRpm, _usage.CurrentTpm));

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((0, 0, 0.0), (_usage.CurrentRpm, _usage.CurrentTpm, _usage.ErrorRate));
        Assert.Equal((2, 15), (_usage.Requests, _usage.Tokens));
    }

    [Fact]
    public void Latency_ManyCalls_FollowsThem()
    {
        Call(latency: 100);
        Assert.Equal(100, _usage.Latency.TotalMilliseconds, 3);

        Call(latency: 200);
        Assert.Equal(110, _usage.Latency.TotalMilliseconds, 3);

        for (int i = 0; i < 100; i++)
        {
            Call(latency: 400);
        }

        Assert.InRange(_usage.Latency.TotalMilliseconds, 399, 400);
    }

    [Fact]
    [Trait("req", "V7")]
    public void ErrorsPer30s_TimePasses_NeverForgetsEarlier()
    {
        _time.Advance(TimeSpan.FromMilliseconds(900));
        _usage.Failed(Outcome.UpstreamReset, null);
        _usage.Failed(Outcome.UpstreamReset, null);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(2, _usage.ErrorsPer30s);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _usage.ErrorsPer30s);
    }

    [Fact]
    public void RecentErrors_Many_KeepsTheLast16InOrder()
    {
        for (int i = 0; i < 20; i++)
        {
            _usage.Failed(Outcome.Relayed, 500 + i);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(Enumerable.Range(504, 16), _usage.RecentErrors.Select(static error => error.Status!.Value));
        Assert.Equal(_time.GetUtcNow().AddSeconds(-1), _usage.RecentErrors[^1].At);
    }

    [Fact]
    public void SinceSuccess_NoneYet_IsNullThenCounts()
    {
        _usage.Failed(Outcome.UpstreamReset, null);
        Assert.Null(_usage.SinceSuccess);

        Call();
        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(TimeSpan.FromSeconds(7), _usage.SinceSuccess);
    }

    [Fact]
    public void Reset_AfterCalls_NothingIsLeft()
    {
        Call(tokens: 7, latency: 50);
        _usage.Failed(Outcome.UpstreamReset, null);

        _usage.Reset();

        Assert.Equal((0, 0, 0, 0), (_usage.Requests, _usage.Successes, _usage.Errors, _usage.Tokens));
        Assert.Equal((0, 0, 0.0, TimeSpan.Zero), (_usage.CurrentRpm, _usage.CurrentTpm, _usage.ErrorRate, _usage.Latency));
        Assert.Empty(_usage.RecentErrors);
        Assert.Null(_usage.LastUsed);
        Assert.Null(_usage.SinceSuccess);
    }

    private void Call(long tokens = 0, int latency = 20)
    {
        _usage.Began();
        _usage.Succeeded(TimeSpan.FromMilliseconds(latency), tokens);
    }
}
