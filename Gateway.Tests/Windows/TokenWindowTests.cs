using Gateway.Configuration;
using Gateway.RateLimiting;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Windows;

/// <summary>The parts of a window, one by one.</summary>
[Trait("req", "A5")]
public sealed class TokenWindowTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly ManualTimeProvider _clock = new();
    private readonly TokenWindow _window;

    public TokenWindowTests() => _window = new TokenWindow(new LimitKey(LimitKind.InstanceTokens, 1), _clock, tiers: 3);

    [Fact]
    public void Close_Tier_AndLessUrgentOnesUntilItsTime()
    {
        Assert.False(_window.Close(rank: 1, Minute, missing: 10, returnedBefore: 0));
        Assert.Equal((TimeSpan.Zero, Minute, Minute), (_window.OpensIn(0), _window.OpensIn(1), _window.OpensIn(2)));

        _clock.Advance(Minute);

        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (_window.OpensIn(1), _window.OpensIn(2)));
    }

    [Fact]
    public void Return_OfWhatWasMissing_Opens()
    {
        _window.Close(rank: 0, Minute, missing: 10, returnedBefore: 0);

        Assert.False(_window.Return(9));
        Assert.Equal(Minute, _window.OpensIn(0));
        Assert.True(_window.Return(1));
        Assert.Equal(TimeSpan.Zero, _window.OpensIn(0));
        Assert.False(_window.Return(1));
    }

    /// <summary>Between the question and the closing something comes back: who closes must notice, because nobody will open.</summary>
    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    public void Close_AfterAReturn_NoticesIt(long returned, bool isOpen)
    {
        long before = _window.Returned;
        _window.Return(returned);

        Assert.Equal(isOpen, _window.Close(rank: 0, Minute, missing: 10, before));
        Assert.Equal(isOpen ? TimeSpan.Zero : Minute, _window.OpensIn(0));
    }

    [Fact]
    public void Watch_OneAtATime_ForWhatFitsFirstAndWhileItIsClosed()
    {
        _window.Close(rank: 0, Minute, missing: 10, returnedBefore: 0);
        Assert.True(_window.TryWatch(share: 100, amount: 50));
        Assert.False(_window.TryWatch(share: 100, amount: 20));
        Assert.False(_window.TryWatch(share: 90, amount: 30));
        Assert.Equal((100L, 20L), _window.Watched());

        _clock.Advance(Minute);

        Assert.Null(_window.Watched());
        _window.Close(rank: 0, Minute, missing: 10, returnedBefore: 0);
        Assert.True(_window.TryWatch(share: 100, amount: 50));
        Assert.Equal((100L, 50L), _window.Watched());
    }

    [Fact]
    public void Others_LeaveAtTheirTime()
    {
        var receipt = new LimitReceipt(_window.Key, 5, 1);
        _window.AddOthers(receipt, TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.FromSeconds(10), _window.OthersLeaveIn());
        Assert.Null(_window.TakeLeaving());

        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(receipt, _window.TakeLeaving());
        Assert.Null(_window.TakeLeaving());
        Assert.Null(_window.OthersLeaveIn());
    }

    [Fact]
    public void Key_NameAndPlace_DecideIt()
    {
        InstanceOptions a = GatewayHost.Instance(new Uri("http://one/"), 1, "a");

        Assert.Equal(TokenWindow.KeyOf(a), TokenWindow.KeyOf(a with { MaxTpm = 5, ModelDeployments = new Dictionary<string, string> { ["m"] = "d" } }));
        Assert.NotEqual(TokenWindow.KeyOf(a), TokenWindow.KeyOf(a with { Name = "b" }));
        Assert.NotEqual(TokenWindow.KeyOf(a), TokenWindow.KeyOf(a with { ApiBase = new Uri("http://two/v1") }));
    }

    [Theory]
    [InlineData(true, 200, true, 150L, 150, 1100)] // what it used; Azure: at least what it booked
    [InlineData(true, 200, true, 1500L, 1500, 1500)]
    [InlineData(true, 200, true, null, 1100, 1100)] // nobody says
    [InlineData(true, 429, false, null, 0, 0)]
    [InlineData(true, 400, true, null, 0, 0)]
    [InlineData(true, 302, false, null, 0, 0)]
    [InlineData(true, 500, true, null, 100, 1100)]
    [InlineData(true, 503, false, null, 100, 1100)]
    [InlineData(false, 0, false, null, 0, 0)] // never reached anybody
    [InlineData(true, 0, false, null, 100, 1100)] // broken off, nothing known of the answer
    [InlineData(true, 0, false, 160L, 160, 1100)]
    internal void CallCost_OfEachEnd(bool wasSent, int status, bool isWhole, long? used, long others, long azure)
    {
        var demand = new TokenDemand(100, 1000);

        Assert.Equal(others, CallCost.Of(ProviderType.OpenAi, demand, wasSent, status, isWhole, used));
        Assert.Equal(azure, CallCost.Of(ProviderType.Azure, demand, wasSent, status, isWhole, used));
    }

    [Theory]
    [Trait("req", "V2")]
    [InlineData("openai", "remaining-tokens: 149984|reset-tokens: 6m0s", 149_984L, 360.0, null)]
    [InlineData("openai", "remaining-tokens: 10|reset-tokens: 20ms|remaining-requests: 0|limit-requests: 60|reset-requests: 1s", 10L, 0.02, 1.0)]
    [InlineData("openai", "remaining-tokens: -1|remaining-requests: -1|limit-requests: 60", null, null, null)]
    [InlineData("openai", "remaining-requests: 0|limit-requests: 0|reset-requests: 1s", null, null, null)]
    [InlineData("openai", "remaining-tokens: soon", null, null, null)]
    [InlineData("venice", "remaining-tokens: 7|reset-tokens: 33|remaining-requests: 0|limit-requests: 20|reset-requests: 1767225630000", 7L, 33.0, 30.0)]
    [InlineData("azure", "remaining-tokens: 0", 0L, null, null)]
    internal void LimitHeaders_Left(string provider, string headers, long? tokens, double? reset, double? noRequestsFor)
    {
        using var answer = new HttpResponseMessage();
        foreach (string header in headers.Split('|'))
        {
            answer.Headers.TryAddWithoutValidation("x-ratelimit-" + header.Split(": ")[0], header.Split(": ")[1]);
        }

        LimitLeft left = LimitHeaders.Left(answer.Headers.NonValidated, Enum.Parse<ProviderType>(provider, ignoreCase: true), _clock.GetUtcNow());

        Assert.Equal((tokens, reset, noRequestsFor), (left.Tokens, left.TokensReset?.TotalSeconds, left.NoRequestsFor?.TotalSeconds));
    }
}
