using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Recording.Logs;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Recording.Logs;

public class AccessLogTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(LogLevel.Information, 200, Outcome.Relayed, true)]
    [InlineData(LogLevel.Warning, 200, Outcome.Relayed, false)]
    [InlineData(LogLevel.Warning, 500, Outcome.Fault, true)]
    [InlineData(LogLevel.Warning, 200, Outcome.UpstreamCut, true)]
    [InlineData(LogLevel.Warning, 200, Outcome.UpstreamIdleTimeout, true)]
    [InlineData(LogLevel.Warning, 200, Outcome.Draining, true)]
    [InlineData(LogLevel.Warning, 200, Outcome.CallerGone, false)]
    [InlineData(LogLevel.Warning, 204, Outcome.Answered, false)]
    [InlineData(LogLevel.Warning, 400, Outcome.BodyMalformed, false)]
    [InlineData(LogLevel.Error, 500, Outcome.Fault, false)]
    public async Task Write_Level_DependsOnTheEnd(LogLevel configured, int status, object outcome, bool isLogged)
    {
        var output = new MemoryStream();
        var writer = new LogWriter(output, new JsonLogFormat(), TimeProvider.System);
        AccessRecord record = Records.New();
        (record.Status, record.Outcome) = (status, (Outcome)outcome);

        new AccessLog(writer, Snapshot(configured), TimeProvider.System).Write(record);
        await writer.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel);

        Assert.Equal(isLogged, output.ToArray().Length > 0);
    }

    private static OptionsSnapshot Snapshot(LogLevel level) =>
        new(GatewayHost.ThreeTiers(new Uri("http://127.0.0.1:1/"), slots: 1) with { LogLevel = level });
}
