using Gateway.Recording.Metrics;
using Xunit;

namespace Gateway.Tests.Recording.Metrics;

[Trait("req", "M5")]
public class StatusLabelTests
{
    /// <summary>An odd status is no known one, and no class is a status.</summary>
    [Theory]
    [InlineData(200, "200", "2xx")]
    [InlineData(207, "2xx", "2xx")]
    [InlineData(404, "404", "4xx")]
    [InlineData(430, "4xx", "4xx")]
    [InlineData(499, "499", "4xx")]
    [InlineData(599, "5xx", "5xx")]
    [InlineData(777, "7xx", "7xx")]
    [InlineData(0, "0xx", "0xx")]
    [InlineData(70_000, "9xx", "9xx")]
    public void Of_Status_IsItselfOrItsClass(int status, string label, string classLabel) =>
        Assert.Equal((label, classLabel), (StatusLabel.Of(status), StatusLabel.ClassOf(status)));
}
