using Gateway.Configuration;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Upstreams;

[Trait("row", "U6")]
[Trait("req", "M4")]
public class LimitHeadersTests
{
    /// <summary>Epoch 1767225600.</summary>
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("retry-after: 7", 7)]
    [InlineData("retry-after: 0.5", 0.5)]
    [InlineData("retry-after-ms: 1500", 1.5)]
    [InlineData("retry-after-ms: 12.5", 0.0125)]
    [InlineData("retry-after: 7|retry-after-ms: 250", 0.25)]
    [InlineData("retry-after: 7|retry-after-ms: soon", 7)]
    [InlineData("retry-after: Thu, 01 Jan 2026 00:00:09 GMT", 9)]
    [InlineData("retry-after: 7|x-ratelimit-remaining-requests: 0|x-ratelimit-reset-requests: 30s", 7)]
    [InlineData("retry-after: 999999999999", 86400)]
    [InlineData("retry-after: Fri, 01 Jan 2027 00:00:00 GMT", 86400)]
    public void Asked_AnyForm_IsReadAndBounded(string headers, double expected) => AssertSeconds(expected, Read(headers).RetryTime);

    [Theory]
    [InlineData("retry-after: 0")]
    [InlineData("retry-after: -1")]
    [InlineData("retry-after: soon")]
    [InlineData("retry-after: 1e9")]
    [InlineData("retry-after: NaN")]
    [InlineData("retry-after: Thu, 01 Jan 2015 00:00:00 GMT")]
    [InlineData("retry-after-ms: 0")]
    [InlineData("retry-after-ms: -5")]
    [InlineData("x-ratelimit-remaining-requests: 0|x-ratelimit-reset-requests: -1")]
    [InlineData("x-ratelimit-remaining-requests: 0|x-ratelimit-reset-requests: 0")]
    [InlineData("x-ratelimit-remaining-requests: -1|x-ratelimit-reset-requests: 30")]
    [InlineData("x-ratelimit-remaining-requests: 3|x-ratelimit-reset-requests: 30s")]
    [InlineData("x-ratelimit-reset-requests: 30s")]
    [InlineData("date: now")]
    public void Asked_UnknownOrAbsurd_IsNothing(string headers) => Assert.Null(Read(headers).RetryTime);

    [Theory]
    [InlineData("1s", 1)]
    [InlineData("6m0s", 360)]
    [InlineData("12ms", 0.012)]
    [InlineData("1h2m3.5s", 3723.5)]
    [InlineData("30", 30)]
    [InlineData("400h", 86400)]
    public void Window_Empty_ItsResetDecides(string reset, double expected)
    {
        LimitSigns tokens = Read($"x-ratelimit-remaining-tokens: 0|x-ratelimit-reset-tokens: {reset}|x-ratelimit-remaining-requests: 9|x-ratelimit-reset-requests: 20h");
        LimitSigns requests = Read($"x-ratelimit-remaining-requests: 0|x-ratelimit-reset-requests: {reset}");

        AssertSeconds(expected, tokens.RetryTime);
        AssertSeconds(expected, requests.RetryTime);
        Assert.True(tokens.IsWindowEmpty && requests.IsWindowEmpty);
    }

    [Fact]
    public void Windows_BothEmpty_TheLaterDecides()
    {
        AssertSeconds(9, Read("x-ratelimit-remaining-requests: 0|x-ratelimit-reset-requests: 2s|x-ratelimit-remaining-tokens: 0|x-ratelimit-reset-tokens: 9s").RetryTime);
        AssertSeconds(9, Read("x-ratelimit-remaining-requests: 0|x-ratelimit-reset-requests: 9s|x-ratelimit-remaining-tokens: 0|x-ratelimit-reset-tokens: 2s").RetryTime);
    }

    [Theory]
    [Trait("req", "V2")]
    [InlineData("1767225607500", 7.5)]
    [InlineData("1767225608", 8)]
    [InlineData("45", 45)]
    [InlineData("0.2", 1)]
    [InlineData("3599", 3599)]
    [InlineData("1s", 1)]
    [InlineData("6m0s", 360)]
    [InlineData("5h", 3600)]
    [InlineData("1767299999", 3600)]
    [InlineData("1767225000", 1)]
    public void Venice_Reset_InAllItsForms(string reset, double expected) =>
        AssertSeconds(expected, Read($"x-ratelimit-reset-requests: {reset}", ProviderType.Venice).RetryTime);

    [Theory]
    [Trait("req", "V2")]
    [InlineData("soon")]
    [InlineData("5000")]
    public void Venice_NoTime_IsUnknown(string reset) => Assert.Null(Read($"x-ratelimit-reset-requests: {reset}", ProviderType.Venice).RetryTime);

    [Theory]
    [InlineData(408)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(529)]
    public void OtherStatus_OnlyWhatIsAskedCounts(int status)
    {
        const string Empty = "x-ratelimit-remaining-requests: 0|x-ratelimit-reset-requests: 30s";

        Assert.Equal(default, Read(Empty, status: status));
        Assert.Equal(default, Read(Empty, ProviderType.Venice, status));
        Assert.Equal(new LimitSigns(TimeSpan.FromSeconds(7), IsWindowEmpty: false), Read($"retry-after: 7|{Empty}", ProviderType.Venice, status));
    }

    private static LimitSigns Read(string headers, ProviderType provider = ProviderType.OpenAi, int status = 429)
    {
        using var answer = new HttpResponseMessage();
        foreach (string header in headers.Split('|'))
        {
            string[] parts = header.Split(": ", 2);
            answer.Headers.TryAddWithoutValidation(parts[0], parts[1]);
        }

        return LimitHeaders.Read(answer.Headers.NonValidated, status, provider, Now);
    }

    private static void AssertSeconds(double expected, TimeSpan? actual) => Assert.Equal(expected, Assert.NotNull(actual).TotalSeconds, 4);
}
