using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Upstreams;

[Trait("req", "M4")]
public class RetryPolicyTests
{
    private static readonly GatewayOptions Options = GatewayHost.ThreeTiers(new Uri("http://127.0.0.1:1/"), 1) with
    {
        Retries = new RetryOptions { MaxRetries = 3, MaxDelay = TimeSpan.FromSeconds(60) },
        Routing = new RoutingOptions { Retries = 2, Timeout = TimeSpan.FromSeconds(30) },
    };

    private static readonly Failure Busy = new(Outcome.Relayed) { Status = 503, MayRetry = true };

    [Fact]
    public void Advise_NothingSpecial_AsConfigured()
    {
        RetryAdvice advice = Advise(Busy, roll: 1);

        Assert.Equal((3, 2, TimeSpan.FromSeconds(2), false), (advice.MaxRetries, advice.MaxFailovers, advice.After, advice.Unreached));
    }

    [Theory]
    [InlineData(60, 3)]
    [InlineData(61, 0)]
    public void Advise_GivenTime_LongerThanTheCapIsTheCallers(int seconds, int expected)
    {
        RetryAdvice advice = Advise(Busy with { RetryTime = TimeSpan.FromSeconds(seconds) }, roll: 0);

        Assert.Equal((expected, 2, TimeSpan.FromSeconds(seconds)), (advice.MaxRetries, advice.MaxFailovers, advice.After));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Advise_InstanceHasItsOwnCount_ThatCounts(int count) =>
        Assert.Equal(count, Advise(Busy, instance: Options.Instances[0] with { RetryCount = count }).MaxRetries);

    [Theory]
    [InlineData(30, 2)]
    [InlineData(31, 0)]
    public void Advise_LookingForLong_NoOtherInstanceIsBegun(int seconds, int expected) =>
        Assert.Equal(expected, Advise(Busy, since: TimeSpan.FromSeconds(seconds)).MaxFailovers);

    [Fact]
    [Trait("req", "V7")]
    public void Advise_BudgetSpent_OthersOnly()
    {
        RetryAdvice advice = Advise(Busy, isBudgetSpent: true);

        Assert.Equal((0, 2), (advice.MaxRetries, advice.MaxFailovers));
    }

    [Fact]
    public void Advise_Unreached_SaysSo() => Assert.True(Advise(FailurePolicy.NotSent(Outcome.UpstreamUnreachable, unreached: true)).Unreached);

    private static RetryAdvice Advise(
        Failure failure, double roll = 0.5, TimeSpan since = default, bool isBudgetSpent = false, InstanceOptions? instance = null) =>
        RetryPolicy.Advise(failure, retries: 1, since, isBudgetSpent, Options, instance ?? Options.Instances[0], roll);
}
