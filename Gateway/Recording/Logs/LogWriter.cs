using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Gateway.Recording.Logs;

/// <summary>
/// The one way to standard output: entries go through a bounded queue to one background writer, so that a slow terminal or pipe never
/// holds a request up. When the queue is full, entries are dropped, counted, and the count is written once there is room.
/// </summary>
internal sealed class LogWriter : IAsyncDisposable
{
    private const int MaxQueued = 16_384;
    private const int FlushBytes = 64 * 1024;

    private readonly Channel<LogEntry> _entries = Channel.CreateBounded<LogEntry>(
        new BoundedChannelOptions(MaxQueued) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Stream _output;
    private readonly ILogFormat _format;
    private readonly Task _writing;
    private long _dropped;

    public LogWriter(Stream output, ILogFormat format)
    {
        _output = output;
        _format = format;
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Entries lost because the output was too slow.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Write(in LogEntry entry)
    {
        if (!_entries.Writer.TryWrite(entry))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _entries.Writer.TryComplete();
        await _writing;
    }

    [SuppressMessage("Design", "CA1031", Justification = "A log that cannot be written (closed pipe, full disk) must not take the gateway down.")]
    private async Task WriteAllAsync()
    {
        var buffer = new ArrayBufferWriter<byte>(FlushBytes);
        long reported = 0;
        while (await _entries.Reader.WaitToReadAsync())
        {
            try
            {
                while (buffer.WrittenCount < FlushBytes && _entries.Reader.TryRead(out LogEntry entry))
                {
                    _format.Write(entry, buffer);
                }

                long dropped = Dropped;
                if (dropped > reported)
                {
                    _format.WriteDropped(dropped - reported, buffer);
                    reported = dropped;
                }

                await _output.WriteAsync(buffer.WrittenMemory);
                await _output.FlushAsync();
            }
            catch
            {
                Interlocked.Increment(ref _dropped);
            }

            buffer.ResetWrittenCount();
        }
    }
}
