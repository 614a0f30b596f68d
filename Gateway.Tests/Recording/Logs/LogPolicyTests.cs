using Gateway.Configuration;
using Gateway.Recording.Logs;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Recording.Logs;

[Trait("req", "M7")]
public class LogPolicyTests
{
    private const string Ours = "Gateway.Forwarding.ForwardingStage";
    private const string Theirs = "Microsoft.AspNetCore.Server.Kestrel";

    [Theory]
    [InlineData(Ours, LogLevel.Information, false, LogLevel.Information)]
    [InlineData(Ours, LogLevel.Trace, false, LogLevel.Trace)]
    [InlineData(Ours, LogLevel.Error, false, LogLevel.Error)]
    [InlineData(Ours, LogLevel.Error, true, LogLevel.Debug)]
    [InlineData(Theirs, LogLevel.Information, false, LogLevel.Warning)]
    [InlineData(Theirs, LogLevel.Trace, false, LogLevel.Warning)]
    [InlineData(Theirs, LogLevel.Critical, false, LogLevel.Critical)]
    [InlineData(Theirs, LogLevel.Information, true, LogLevel.Debug)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.Trace, true, LogLevel.Warning)]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Trace, true, LogLevel.None)]
    [InlineData("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Trace, true, LogLevel.Critical)]
    public void LeastOf_CategoryAndOptions_IsTheFirstLevelThatIsLogged(string category, LogLevel configured, bool debug, LogLevel least) =>
        Assert.Equal(least, LogPolicy.LeastOf(category, Options(configured, debug)));

    /// <summary>As the app is put together: whoever logs asks the policy, and a reload is heard.</summary>
    [Fact]
    public async Task IsEnabled_InTheApp_FollowsThePolicyAndAReload()
    {
        await using Rig rig = await Rig.StartAsync(configure: static options => options with { LogLevel = LogLevel.Error });
        ILoggerFactory loggers = rig.Gateway.Services.GetRequiredService<ILoggerFactory>();
        ILogger ours = loggers.CreateLogger(Ours);
        ILogger diagnostics = loggers.CreateLogger("Microsoft.AspNetCore.Hosting.Diagnostics");

        Assert.Equal((false, false), (ours.IsEnabled(LogLevel.Warning), diagnostics.IsEnabled(LogLevel.Critical)));
        rig.Gateway.Options.Publish(rig.Gateway.Options.Current with { LogLevel = LogLevel.Warning });
        Assert.True(ours.IsEnabled(LogLevel.Warning));
        rig.Gateway.Options.Publish(rig.Gateway.Options.Current with { Debug = true });
        Assert.Equal((true, false), (ours.IsEnabled(LogLevel.Debug), diagnostics.IsEnabled(LogLevel.Critical)));
    }

    private static GatewayOptions Options(LogLevel level, bool debug) =>
        GatewayHost.ThreeTiers(new Uri("http://127.0.0.1:1/"), slots: 1) with { LogLevel = level, Debug = debug };
}
