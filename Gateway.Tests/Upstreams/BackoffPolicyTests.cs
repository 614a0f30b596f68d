using Gateway.Configuration;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Upstreams;

[Trait("req", "M4")]
[Trait("row", "U6")]
public class BackoffPolicyTests
{
    private static readonly RetryOptions Options = new() { BaseDelay = TimeSpan.FromSeconds(1), MaxDelay = TimeSpan.FromSeconds(60) };

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(0, 0.25, 0.25)]
    [InlineData(0, 0, 0)]
    [InlineData(3, 1, 8)]
    [InlineData(3, 0.5, 4)]
    [InlineData(6, 1, 60)]
    [InlineData(1000, 0.5, 30)]
    public void Blind_Exponential_WithFullJitter(int retries, double roll, double expected) =>
        Assert.Equal(expected, BackoffPolicy.Blind(retries, Options, ProviderType.OpenAi, roll).TotalSeconds, 6);

    [Theory]
    [Trait("req", "V2")]
    [InlineData(0, 0, 1)]
    [InlineData(0, 0.75, 1.75)]
    [InlineData(3, 0.5, 8.5)]
    [InlineData(6, 1, 60)]
    public void Blind_Venice_NeverShorterThanTheExponential(int retries, double roll, double expected) =>
        Assert.Equal(expected, BackoffPolicy.Blind(retries, Options, ProviderType.Venice, roll).TotalSeconds, 6);

    [Theory]
    [InlineData(0.2, 0, 0.2)]
    [InlineData(0.2, 1, 0.22)]
    [InlineData(5, 1, 5.5)]
    [InlineData(40, 1, 41)]
    [InlineData(40, 0.5, 40.5)]
    public void Given_Time_IsWaitedForInFull(double seconds, double roll, double expected) =>
        Assert.Equal(expected, BackoffPolicy.Given(TimeSpan.FromSeconds(seconds), roll).TotalSeconds, 6);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Blind_ManyRequests_SpreadEvenly(int seed)
    {
        var random = new Random(seed);
        int[] bins = new int[10];
        for (int i = 0; i < 10_000; i++)
        {
            double wait = BackoffPolicy.Blind(2, Options, ProviderType.OpenAi, random.NextDouble()).TotalSeconds;
            bins[(int)(wait / 0.4)]++;
        }

        Assert.All(bins, bin => Assert.InRange(bin, 850, 1150));
    }
}
