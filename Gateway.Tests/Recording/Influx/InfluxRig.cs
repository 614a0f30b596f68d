using System.Text;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Recording.Influx;
using Gateway.Recording.Logs;
using Gateway.Recording.Metrics;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Recording.Influx;

/// <summary>A sink of its own, with points to write, and a clock that the test may move.</summary>
internal sealed class InfluxRig : IAsyncDisposable
{
    private readonly MemoryStream _log = new();
    private readonly LogWriter _writer;
    private readonly LoggerFactory _loggers;
    private readonly OptionsSnapshot _options;
    private readonly StateClaim _claim;
    private readonly PointFiles _files;

    /// <param name="url">Of the server; null = turned off.</param>
    /// <param name="time">The clock; null = the system's.</param>
    /// <param name="stateFile">Beside which points wait; empty = in memory only.</param>
    public InfluxRig(Uri? url, ManualTimeProvider? time = null, string stateFile = "")
    {
        _writer = new LogWriter(_log, new JsonLogFormat(), TimeProvider.System);
        _loggers = new LoggerFactory([new LogWriterProvider(_writer, TimeProvider.System)]);
        GatewayOptions options = ConfigurationFolder.LoadJson("{}").Options! with { InfluxdbUrl = url?.AbsoluteUri ?? "", InfluxToken = "t0ken", StateFile = stateFile };
        _options = new OptionsSnapshot(options);
        _claim = new StateClaim(_options);
        _files = new PointFiles(_claim, _loggers.CreateLogger<PointFiles>());
        Sink = new InfluxSink(_options, new ModelLabel(_options), _files, time is null ? TimeProvider.System : new AnswersInRealTime(time), _loggers.CreateLogger<InfluxSink>());
    }

    public InfluxSink Sink { get; }

    /// <summary>With the clock running on.</summary>
    public static Task AdvanceUntilAsync(ManualTimeProvider time, Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        time.Advance(TimeSpan.FromMilliseconds(500));
        return condition();
    });

    /// <summary>As a host does it.</summary>
    public async Task StartAsync()
    {
        await Sink.StartingAsync(TestContext.Current.CancellationToken);
        await Sink.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>As a reload does it.</summary>
    public void TurnOn(Uri url) => _options.Publish(_options.Current with { InfluxdbUrl = url.AbsoluteUri });

    /// <summary>Points of requests r0, r1 and so on.</summary>
    public void Write(int count, int first = 0)
    {
        for (int i = first; i < first + count; i++)
        {
            Sink.Write(new AccessRecord
            {
                RequestId = $"r{i}",
                StartedAt = DateTimeOffset.UnixEpoch.AddTicks(i),
                Started = 0,
                Listener = "x",
                Priority = 1,
                Method = "GET",
                Path = "/",
            });
        }
    }

    /// <summary>As a host does it. The last try takes as long as it takes, unless somebody moves the clock.</summary>
    public Task StopAsync() => Sink.StoppedAsync(CancellationToken.None).Soon();

    /// <summary>What was logged, as event and message. The end of the log.</summary>
    public async Task<string[]> ToldAsync()
    {
        _loggers.Dispose();
        await _writer.DisposeAsync();
        return [.. Encoding.UTF8.GetString(_log.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => JsonElement.Parse(line)).Select(static line => $"{line.GetProperty("event").GetString()} {line.GetProperty("message").GetString()}")];
    }

    /// <summary>In the order in which a host does it.</summary>
    public async ValueTask DisposeAsync()
    {
        Sink.Dispose();
        _files.Dispose();
        _claim.Dispose();
        _loggers.Dispose();
        await _writer.DisposeAsync();
    }

    /// <summary>The test's clock, but for the wait for an answer: on a clock that leaps, a busy machine would always be late.</summary>
    private sealed class AnswersInRealTime(ManualTimeProvider clock) : TimeProvider
    {
        public override long TimestampFrequency => clock.TimestampFrequency;

        public override long GetTimestamp() => clock.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            (dueTime == InfluxWriter.Limit ? System : clock).CreateTimer(callback, state, dueTime, period);
    }
}
