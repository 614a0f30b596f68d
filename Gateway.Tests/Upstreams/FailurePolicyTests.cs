using System.Text;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Upstreams;

[Trait("row", "U4")]
[Trait("req", "M4")]
public class FailurePolicyTests
{
    private static readonly CallKind Post = new(IsIdempotent: false, RetryUnanswered: false, ProviderType.OpenAi);
    private static readonly CallKind Get = Post with { IsIdempotent = true };
    private static readonly CallKind Risky = Post with { RetryUnanswered = true };
    private static readonly CallKind Venice = Post with { Provider = ProviderType.Venice };

    [Theory]
    [InlineData(408, true, true)]
    [InlineData(409, true, true)]
    [InlineData(429, true, true)]
    [InlineData(503, true, true)]
    [InlineData(529, true, true)]
    [InlineData(500, false, true)]
    [InlineData(502, false, true)]
    [InlineData(504, false, true)]
    [InlineData(501, false, false)]
    [InlineData(505, false, false)]
    [InlineData(599, false, true)]
    [InlineData(200, false, false)]
    [InlineData(304, false, false)]
    [InlineData(400, false, false)]
    [InlineData(401, false, false)]
    [InlineData(403, false, false)]
    [InlineData(404, false, false)]
    [InlineData(418, false, false)]
    [InlineData(422, false, false)]
    public void MayRetry_Status_DependsOnTheCall(int status, bool post, bool others)
    {
        Assert.Equal(post, FailurePolicy.MayRetry(status, null, Post));
        Assert.All([Get, Risky, Venice], call => Assert.Equal(others, FailurePolicy.MayRetry(status, null, call)));
    }

    [Theory]
    [InlineData(500, "true", false)]
    [InlineData(418, "true", true)]
    [InlineData(400, "true", false)]
    [InlineData(422, "true", false)]
    [InlineData(200, "true", false)]
    [InlineData(429, "false", false)]
    [InlineData(503, "false", false)]
    [InlineData(503, "maybe", true)]
    public void MayRetry_UpstreamsOwnWord_Counts(int status, string word, bool expected) =>
        Assert.Equal(expected, FailurePolicy.MayRetry(status, word, Post));

    [Theory]
    [InlineData(429, "", true, false, true)]
    [InlineData(503, "", true, true, false)]
    [InlineData(409, "", true, false, false)]
    [InlineData(429, """{"error":{"code":"insufficient_quota"}}""", false, false, false)]
    public void Refused_Kinds_AllowWhatFits(int status, string body, bool mayRetry, bool againstInstance, bool isWindow)
    {
        Failure failure = FailurePolicy.Refused(
            status, new LimitSigns(TimeSpan.FromSeconds(4), false), ErrorFacts.Read(Encoding.UTF8.GetBytes(body)), Post, new RetryOptions());

        Assert.Equal((mayRetry, againstInstance, isWindow), (failure.MayRetry, failure.AgainstInstance, failure.IsWindow));
        Assert.Equal((status, TimeSpan.FromSeconds(4), false), (failure.Status, failure.RetryTime, failure.MayBeDone));
    }

    [Fact]
    [Trait("req", "V2")]
    public void Refused_VeniceBlock_WaitsAsConfigured()
    {
        Failure failure = FailurePolicy.Refused(
            429, new LimitSigns(TimeSpan.FromSeconds(4), false), new ErrorFacts(null, null, "Too many failed attempts"), Venice,
            new RetryOptions { RateLimitWait = TimeSpan.FromSeconds(33) });

        Assert.Equal((true, TimeSpan.FromSeconds(33)), (failure.IsWindow, failure.RetryTime));
    }

    [Fact]
    public void Unanswered_Post_IsFinalUnlessTheRiskIsTaken()
    {
        Assert.False(FailurePolicy.Unanswered(Outcome.UpstreamReset, Post).MayRetry);
        Assert.False(FailurePolicy.Unanswered(Outcome.UpstreamReset, Venice).MayRetry);
        Assert.Equal((true, true), (FailurePolicy.Unanswered(Outcome.UpstreamReset, Risky).MayRetry, FailurePolicy.Unanswered(Outcome.UpstreamReset, Risky).MayBeDone));
        Assert.Equal((true, false), (FailurePolicy.Unanswered(Outcome.UpstreamReset, Get).MayRetry, FailurePolicy.Unanswered(Outcome.UpstreamReset, Get).MayBeDone));
        Assert.True(FailurePolicy.NotSent(Outcome.UpstreamUnreachable, unreached: true).MayRetry);
        Assert.False(FailurePolicy.Cut(Outcome.UpstreamCut).MayRetry);
        Assert.Equal((false, true), (FailurePolicy.Wrong(Outcome.UpstreamInvalid).MayRetry, FailurePolicy.Wrong(Outcome.UpstreamInvalid).AgainstInstance));
        Assert.Equal((false, false), (FailurePolicy.Wrong(Outcome.UpstreamRedirected, 307).MayRetry, FailurePolicy.Wrong(Outcome.UpstreamRedirected, 307).AgainstInstance));
    }
}
