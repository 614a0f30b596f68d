using Gateway.Recording.Logs;
using Xunit;

namespace Gateway.Tests.Recording.Logs;

public class LogOutputTests
{
    [Theory]
    [InlineData(null, "xterm-256color", true)]
    [InlineData("", null, true)]
    [InlineData("1", "xterm-256color", false)]
    [InlineData(null, "dumb", false)]
    public void WantsColour_Terminal_IsAsked(string? noColour, string? terminal, bool expected) =>
        Assert.Equal(expected, LogOutput.WantsColour(noColour, terminal));
}
