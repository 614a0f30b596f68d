using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public class ValueTests
{
    [Theory]
    [InlineData("300ms", 300)]
    [InlineData("5m", 300_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("00:05:00", 300_000)]
    [InlineData("1.00:00:00", 86_400_000)]
    [InlineData("30", 30_000)]
    [InlineData("0.25", 250)]
    [InlineData("0", 0)]
    [InlineData("2d", 172_800_000)]
    [Trait("req", "C5")]
    public void DurationsTryParse_WrittenForms_AreRead(string text, double milliseconds)
    {
        Assert.True(Durations.TryParse(text, out TimeSpan duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
        Assert.True(Durations.TryParse(Durations.Format(duration), out TimeSpan again));
        Assert.Equal(duration, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5 m")]
    [InlineData("m")]
    [InlineData("5x")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e300")]
    [InlineData("99999999999999999999h")]
    [InlineData("5:00")]
    [Trait("req", "C5")]
    public void DurationsTryParse_Nonsense_IsRefused(string text) => Assert.False(Durations.TryParse(text, out _));

    [Theory]
    [InlineData("1024", 1024)]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("64 mib", 64L << 20)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("10MB", 10_000_000)]
    [InlineData("7B", 7)]
    public void SizesTryParse_WrittenForms_AreRead(string text, long bytes)
    {
        Assert.True(Sizes.TryParse(text, out long size));
        Assert.Equal(bytes, size);
        Assert.True(Sizes.TryParse(Sizes.Format(size), out long again));
        Assert.Equal(size, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("99999999TiB")]
    [InlineData("1e3")]
    public void SizesTryParse_Nonsense_IsRefused(string text) => Assert.False(Sizes.TryParse(text, out _));

    [Theory]
    [InlineData("https://api.openai.com", "https://api.openai.com/v1")]
    [InlineData("https://api.openai.com/", "https://api.openai.com/v1")]
    [InlineData("https://api.openai.com/v1", "https://api.openai.com/v1")]
    [InlineData("https://api.openai.com/v1/", "https://api.openai.com/v1")]
    [InlineData("http://localhost:8000", "http://localhost:8000/v1")]
    [InlineData("http://localhost:8000/llm", "http://localhost:8000/llm/v1")]
    [InlineData("https://api.venice.ai", "https://api.venice.ai/api/v1")]
    [InlineData("https://api.venice.ai/api/v1", "https://api.venice.ai/api/v1")]
    [InlineData("https://api.venice.ai/api", "https://api.venice.ai/api/v1")]
    [InlineData("https://g.example/v1beta/openai", "https://g.example/v1beta/openai")]
    [Trait("req", "P8")]
    public void Normalise_AnyWriting_EndsBeforeTheOperation(string written, string expected) =>
        Assert.Equal(expected, UpstreamUrl.Normalise(written, UpstreamUrl.ProviderOf(written)).OriginalString);

    [Theory]
    [InlineData("https://r.openai.azure.com/")]
    [InlineData("https://r.openai.azure.com/openai")]
    [InlineData("https://r.openai.azure.com/openai/v1/")]
    [Trait("req", "A4")]
    public void Normalise_Azure_IsTheResourceRoot(string written) =>
        Assert.Equal("https://r.openai.azure.com", UpstreamUrl.Normalise(written, ProviderType.Azure).OriginalString);

    [Theory]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("endpoint", "endpoints", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_Words_CountsEdits(string left, string right, int expected) => Assert.Equal(expected, NearestKey.Distance(left, right));
}
