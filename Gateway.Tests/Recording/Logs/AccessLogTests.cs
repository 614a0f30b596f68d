using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Recording.Logs;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Recording.Logs;

public class LogWriterProviderTests
{
    private const string Ours = "Gateway.Forwarding.ForwardingStage";
    private const string Theirs = "Microsoft.AspNetCore.Server.Kestrel";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

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
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Trace, true, LogLevel.Warning)]
    [Trait("req", "M7")]
    public async Task IsEnabled_CategoryAndLevel_StartsAt(string category, LogLevel configured, bool debug, LogLevel least)
    {
        await using var writer = new LogWriter(Stream.Null, new JsonLogFormat(), TimeProvider.System);
        using var provider = new LogWriterProvider(writer, Snapshot(configured, debug), TimeProvider.System);
        ILogger logger = provider.CreateLogger(category);

        Assert.All(
            [LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error, LogLevel.Critical],
            level => Assert.Equal(level >= least, logger.IsEnabled(level)));
        Assert.False(logger.IsEnabled(LogLevel.None));
    }

    [Fact]
    [Trait("req", "M7")]
    public async Task IsEnabled_AfterAReload_FollowsIt()
    {
        await using var writer = new LogWriter(Stream.Null, new JsonLogFormat(), TimeProvider.System);
        OptionsSnapshot options = Snapshot(LogLevel.Error, debug: false);
        using var provider = new LogWriterProvider(writer, options, TimeProvider.System);
        ILogger logger = provider.CreateLogger(Ours);

        Assert.False(logger.IsEnabled(LogLevel.Warning));
        options.Publish(options.Current with { LogLevel = LogLevel.Warning });
        Assert.True(logger.IsEnabled(LogLevel.Warning));
    }

    [Theory]
    [InlineData(LogLevel.Information, 200, Outcome.Relayed, true)]
    [InlineData(LogLevel.Warning, 200, Outcome.Relayed, false)]
    [InlineData(LogLevel.Warning, 500, Outcome.Fault, true)]
    [InlineData(LogLevel.Warning, 200, Outcome.UpstreamCut, true)]
    [InlineData(LogLevel.Error, 500, Outcome.Fault, false)]
    public async Task AccessLog_Level_DependsOnTheEnd(LogLevel configured, int status, object outcome, bool isLogged)
    {
        var output = new MemoryStream();
        var writer = new LogWriter(output, new JsonLogFormat(), TimeProvider.System);
        AccessRecord record = Records.New();
        (record.Status, record.Outcome) = (status, (Outcome)outcome);

        new AccessLog(writer, Snapshot(configured, debug: false), TimeProvider.System).Write(record);
        await writer.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel);

        Assert.Equal(isLogged, output.ToArray().Length > 0);
    }

    private static OptionsSnapshot Snapshot(LogLevel level, bool debug) =>
        new(GatewayHost.ThreeTiers(new Uri("http://127.0.0.1:1/"), slots: 1) with { LogLevel = level, Debug = debug });
}
