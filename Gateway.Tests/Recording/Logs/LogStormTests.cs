using System.Text.Json;
using Gateway.Recording.Logs;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Recording.Logs;

/// <summary>What a storm of errors does to the log, and a log that nobody reads to the requests.</summary>
[Trait("row", "M4")]
[Trait("req", "M6")]
public class LogStormTests
{
    private const int Storm = 3_000;

    [Fact]
    public async Task Requests_RefusedByTheThousand_LeaveFewLinesThatCountAll()
    {
        Rig rig = await Rig.StartAsync(configure: static options => options with { ClientApiKeys = ["sk-known"] });
        long started = TimeProvider.System.GetTimestamp();
        double seconds;
        await using (rig)
        {
            await RefuseAsync(rig, Storm);
            seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        }

        JsonElement[] lines = [.. rig.Gateway.Log().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonElement.Parse(line))];
        int told = lines.Count(static line => line.GetProperty("event_id").GetInt32() == 2000);
        long held = lines.Where(static line => line.GetProperty("event_id").GetInt32() == 2001).Sum(static line =>
            long.Parse(line.GetProperty("count").GetString()!, System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal(Storm, told + held);
        Assert.InRange(told, 1, AccessLog.FailuresPerSecond * (Math.Ceiling(seconds) + 1));
        Assert.All(lines, static line => Assert.True(line.TryGetProperty("time", out _) && line.TryGetProperty("level", out _) && line.TryGetProperty("event", out _)));
    }

    [Fact]
    public async Task Requests_StandardOutputThatNobodyReads_AreAnsweredAllTheSame()
    {
        var output = new SilentStream();
        await using Rig rig = await Rig.StartAsync(
            configure: static options => options with { ClientApiKeys = ["sk-known"] },
            customise: services => services.AddSingleton(new LogWriter(output, new JsonLogFormat(), TimeProvider.System)));

        await RefuseAsync(rig, Storm);
        await output.Blocked.Soon();
        await RefuseAsync(rig, Storm);

        Assert.Equal(2 * Storm, (await rig.Gateway.Records.WaitForAsync(2 * Storm)).Count);
    }

    [Fact]
    public async Task Warnings_WithAStackEach_AreSampled()
    {
        var clock = new ManualTimeProvider();
        var output = new MemoryStream();
        var writer = new LogWriter(output, new JsonLogFormat(), TimeProvider.System);
        var provider = new LogWriterProvider(writer, clock);
        ILogger logger = provider.CreateLogger("Gateway.Errors.ErrorsStage");
        for (int i = 0; i < 10_000; i++)
        {
            logger.Log(LogLevel.Error, new EventId(2100, "Fault"), "bug", new InvalidOperationException("bug"), static (text, _) => text);
            logger.Log(LogLevel.Information, new EventId(1, "Other"), "fine", null, static (text, _) => text);
        }

        clock.Advance(TimeSpan.FromSeconds(1));
        provider.Dispose();
        await writer.DisposeAsync().AsTask().Soon();

        string[] lines = System.Text.Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(LogWriterProvider.WarningsPerSecond, lines.Count(static line => line.Contains("\"exception\"", StringComparison.Ordinal)));
        JsonElement rest = JsonElement.Parse(Assert.Single(lines, static line => line.Contains("\"event_id\":2002", StringComparison.Ordinal)));
        Assert.Equal(("2100", "9980", "error"), (rest.GetProperty("of_event_id").GetString(), rest.GetProperty("count").GetString(), rest.GetProperty("level").GetString()));
        Assert.Equal(10_000, lines.Count(static line => line.Contains("\"Other\"", StringComparison.Ordinal)));
    }

    /// <summary>What the last second held back is told even when it is the app's last.</summary>
    [Fact]
    public async Task Warnings_HeldBackWhenTheAppEnds_AreTold()
    {
        const int held = 5;
        Rig rig = await Rig.StartAsync(customise: static services => services.AddSingleton<TimeProvider>(new ManualTimeProvider()));
        await using (rig)
        {
            ILogger logger = rig.Gateway.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Gateway.Errors.ErrorsStage");
            for (int i = 0; i < LogWriterProvider.WarningsPerSecond + held; i++)
            {
                logger.Log(LogLevel.Warning, new EventId(2100, "Fault"), "bug", null, static (text, _) => text);
            }
        }

        string[] lines = rig.Gateway.Log().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(LogWriterProvider.WarningsPerSecond, lines.Count(static line => line.Contains("\"event_id\":2100", StringComparison.Ordinal)));
        JsonElement rest = JsonElement.Parse(Assert.Single(lines, static line => line.Contains("\"event_id\":2002", StringComparison.Ordinal)));
        Assert.Equal("5", rest.GetProperty("count").GetString());
    }

    private static async Task RefuseAsync(Rig rig, int count)
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Rig.Cancel }, async (_, _) =>
        {
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/v1/models")).Soon();
            Assert.Equal(401, (int)answer.StatusCode);
        });
    }

    /// <summary>Takes the first bytes and never says so.</summary>
    private sealed class SilentStream : MemoryStream
    {
        private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Blocked => _blocked.Task;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _blocked.TrySetResult();
            await new TaskCompletionSource().Task;
        }
    }
}
