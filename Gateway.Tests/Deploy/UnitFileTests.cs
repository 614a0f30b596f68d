using Gateway.Configuration;
using Gateway.Listeners;
using Gateway.Tests.Tidy;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>The systemd unit: it starts what there is, waits long enough, and asks for no right that the gateway does not need.</summary>
[Trait("req", "A12")]
public class UnitFileTests
{
    private static readonly ILookup<string, string> Unit = SourceTree.File("deploy/systemd/gateway.service").Text.Split('\n')
        .Where(static line => line.Contains('=', StringComparison.Ordinal) && line[0] != '#').Select(static line => line.Split('=', 2))
        .ToLookup(static pair => pair[0], static pair => pair[1]);

    [Fact]
    public void Commands_AreUnderstood()
    {
        CommandLine check = Parse("ExecStartPre");
        CommandLine run = Parse("ExecStart");

        Assert.Equal((CommandLineMode.Check, CommandLineMode.Run), (check.Mode, run.Mode));
        Assert.Equal(check.Config, run.Config);
        Assert.Equal("/bin/kill -HUP $MAINPID", One("ExecReload"));
    }

    [Fact]
    public void Stop_WaitsLongerThanADrain()
    {
        Assert.True(Durations.TryParse(One("TimeoutStopSec").Replace("min", "m", StringComparison.Ordinal), out TimeSpan wait) && wait > new LimitOptions().DrainTimeout);
        Assert.Equal(("SIGTERM", "mixed"), (One("KillSignal"), One("KillMode")));
    }

    [Fact]
    public void State_LiesWhereTheServiceMayWrite() => Assert.Equal("/var/lib/" + One("StateDirectory"), One("WorkingDirectory"));

    [Fact]
    public void Descriptors_AreEnoughForAllConnections()
    {
        int connections = new LimitOptions().MaxConnections;
        Assert.InRange(DescriptorBudget.Callers($"Max open files {One("LimitNOFILE")} 0 files", slots: connections), connections, int.MaxValue);
    }

    [Theory]
    [InlineData("DynamicUser", "yes")]
    [InlineData("NoNewPrivileges", "yes")]
    [InlineData("CapabilityBoundingSet", "")]
    [InlineData("ProtectSystem", "strict")]
    [InlineData("ProtectHome", "yes")]
    [InlineData("PrivateDevices", "yes")]
    [InlineData("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX")]
    public void Rights_AreTakenAway(string key, string value) => Assert.Equal(value, One(key));

    private static CommandLine Parse(string key)
    {
        string[] words = One(key).Split(' ');
        Assert.Equal("/opt/gateway/Gateway", words[0]);
        CommandLine line = CommandLine.Parse(words[1..]);
        Assert.Null(line.Error);
        return line;
    }

    private static string One(string key) => Unit[key].Single();
}
