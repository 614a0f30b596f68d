using Xunit;

namespace Gateway.Tests.Support;

/// <summary>The one reason to skip a test: a server program that this machine does not have. In CI that is a failure.</summary>
internal static class RealServer
{
    public static void Require(string program)
    {
        bool isThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
        if (!isThere)
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", $"{program} is missing, and in CI a skip is a failure.");
            Assert.Skip($"{program} is missing: install it, or run `make test` as root.");
        }
    }
}
