using System.Buffers;
using System.Text;
using Gateway.Recording.Logs;
using Gateway.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Recording.Logs;

[Trait("row", "M4")]
public class LogWriterTests
{
    private const int QueueLength = 16_384;
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_ManyEntries_KeepsTheirOrder()
    {
        var output = new MemoryStream();
        var writer = new LogWriter(output, new TextFormat(), TimeProvider.System);
        for (int i = 0; i < 10_000; i++)
        {
            writer.Write(Entry($"{i}"));
        }

        await writer.DisposeAsync().AsTask().WaitAsync(Guard, Cancel);

        Assert.Equal(Enumerable.Range(0, 10_000).Select(static i => $"{i}"), Lines(output));
        Assert.Equal(0, writer.Dropped);
    }

    [Fact]
    public async Task Write_MoreThanOneBatch_WaitsForCompanyOnce()
    {
        const int entries = 4_000;
        var time = new ManualTimeProvider();
        var output = new GatedStream();
        output.Open();
        await using var writer = new LogWriter(output, new TextFormat(), time);
        for (int i = 0; i < entries; i++)
        {
            writer.Write(Entry(new string('x', 100)));
        }

        await time.WaitForTimersAsync(1).WaitAsync(Guard, Cancel);
        Assert.Equal(0, output.Written.Length);
        time.Advance(LogWriter.Company);

        await Eventually.TrueAsync(() => output.Written.Length == entries * 101);
        Assert.Equal(0, time.ArmedTimers);
    }

    [Fact]
    public async Task Write_BlockedOutput_DropsCountsAndSaysSo()
    {
        var output = new GatedStream();
        var writer = new LogWriter(output, new TextFormat(), TimeProvider.System);
        writer.Write(Entry("first"));
        await output.Blocked.WaitAsync(Guard, Cancel);

        // All on this thread: were any of these to wait for the output, the test would hang.
        for (int i = 0; i < QueueLength + 100; i++)
        {
            writer.Write(Entry("x"));
        }

        Assert.Equal(100, writer.Dropped);
        output.Open();
        await writer.DisposeAsync().AsTask().WaitAsync(Guard, Cancel);
        string[] lines = Lines(output.Written);
        Assert.Equal(QueueLength + 1, lines.Count(static line => line is "x" or "first"));
        Assert.Equal("dropped 100", Assert.Single(lines, static line => line.StartsWith("dropped", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Write_BrokenOutput_GoesOn()
    {
        var output = new GatedStream { FailNext = true };
        output.Open();
        var writer = new LogWriter(output, new TextFormat(), TimeProvider.System);
        writer.Write(Entry("lost"));
        await output.Failed.WaitAsync(Guard, Cancel);

        writer.Write(Entry("kept"));
        await writer.DisposeAsync().AsTask().WaitAsync(Guard, Cancel);

        Assert.Contains("kept", Lines(output.Written));
        Assert.Contains("dropped 1", Lines(output.Written));
    }

    [Fact]
    public async Task Write_EntryThatCannotBeFormatted_LosesOnlyItself()
    {
        var output = new GatedStream();
        var writer = new LogWriter(output, new TextFormat(), TimeProvider.System);
        writer.Write(Entry("first"));
        await output.Blocked.WaitAsync(Guard, Cancel);
        writer.Write(Entry("before"));
        writer.Write(Entry(TextFormat.Unwritable));
        writer.Write(Entry("after"));
        output.Open();
        await writer.DisposeAsync().AsTask().WaitAsync(Guard, Cancel);

        Assert.Equal(["first", "before", "after", "dropped 1"], Lines(output.Written));
    }

    [Fact]
    public async Task Dispose_OutputBlockedForGood_DoesNotHang()
    {
        var writer = new LogWriter(new GatedStream(), new TextFormat(), TimeProvider.System);
        writer.Write(Entry("x"));

        await writer.DisposeAsync().AsTask().WaitAsync(Guard, Cancel);
    }

    private static string[] Lines(MemoryStream output) => Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static LogEntry Entry(string message) => new(default, LogLevel.Information, default, "", message, null, null, null);

    private sealed class TextFormat : ILogFormat
    {
        public const string Unwritable = "unwritable";

        public void Write(in LogEntry entry, IBufferWriter<byte> output)
        {
            if (entry.Message == Unwritable)
            {
                output.Write("half a li"u8);
                throw new InvalidOperationException(Unwritable);
            }

            output.Write(Encoding.UTF8.GetBytes(entry.Message + "\n"));
        }

        public void WriteDropped(DateTimeOffset time, long count, IBufferWriter<byte> output) => output.Write(Encoding.UTF8.GetBytes($"dropped {count}\n"));
    }

    /// <summary>An output that nobody reads until it is opened.</summary>
    private sealed class GatedStream : MemoryStream
    {
        private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public MemoryStream Written { get; } = new();

        public bool FailNext { get; set; }

        public Task Blocked => _blocked.Task;

        public Task Failed => _failed.Task;

        public void Open() => _open.TrySetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _blocked.TrySetResult();
            await _open.Task;
            if (FailNext)
            {
                FailNext = false;
                _failed.TrySetResult();
                throw new IOException("broken pipe");
            }

            Written.Write(buffer.Span);
        }
    }
}
