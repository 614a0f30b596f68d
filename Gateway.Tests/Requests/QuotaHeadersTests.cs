using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Requests;

public class QuotaHeadersTests
{
    [Theory]
    [Trait("req", "M2")]
    [InlineData(0, "0ms")]
    [InlineData(0.2, "1ms")]
    [InlineData(12, "12ms")]
    [InlineData(999, "999ms")]
    [InlineData(1000, "1s")]
    [InlineData(8640, "8.64s")]
    [InlineData(1005, "1.005s")]
    [InlineData(1050, "1.05s")]
    [InlineData(1500, "1.5s")]
    [InlineData(59_999, "59.999s")]
    [InlineData(60_000, "1m0s")]
    [InlineData(60_235, "1m0.235s")]
    [InlineData(360_000, "6m0s")]
    public void Text_OfATime_IsWrittenAsOpenAiDoes(double milliseconds, string expected) =>
        Assert.Equal(expected, QuotaHeaders.Text(TimeSpan.FromMilliseconds(milliseconds)));
}
