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

    /// <summary>An entry waits so long for others: a writer that wakes up for each one costs more than all its lines.</summary>
    public static readonly TimeSpan Company = TimeSpan.FromMilliseconds(20);

    /// <summary>At the end, an output that nobody reads any more gets this long.</summary>
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(2);

    private readonly Channel<LogEntry> _entries = Channel.CreateBounded<LogEntry>(
        new BoundedChannelOptions(MaxQueued) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Stream _output;
    private readonly ILogFormat _format;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _writing;
    private long _dropped;

    public LogWriter(Stream output, ILogFormat format, TimeProvider time)
    {
        _output = output;
        _format = format;
        _time = time;
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
        if (!_entries.Writer.TryComplete())
        {
            return;
        }

        await _closing.CancelAsync();
        await _writing.WaitAsync(LastFlush).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    private async Task WriteAllAsync()
    {
        var batch = new ArrayBufferWriter<byte>(FlushBytes);
        var scratch = new ArrayBufferWriter<byte>(1024);
        long reported = 0;
        while (await _entries.Reader.WaitToReadAsync())
        {
            await Task.Delay(Company, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (_entries.Reader.Count > 0)
            {
                int count = 0;
                while (batch.WrittenCount < FlushBytes && _entries.Reader.TryRead(out LogEntry entry))
                {
                    count += TryFormat(entry, scratch, batch) ? 1 : 0;
                }

                long dropped = Dropped;
                if (dropped > reported)
                {
                    _format.WriteDropped(_time.GetUtcNow(), dropped - reported, batch);
                }

                if (await TryFlushAsync(batch.WrittenMemory))
                {
                    reported = dropped;
                }
                else
                {
                    Interlocked.Add(ref _dropped, count);
                }

                batch.ResetWrittenCount();
            }
        }
    }

    /// <summary>By way of a buffer of its own: an entry that fails half-way leaves nothing in the lines of the others.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a logged value's ToString throws, the other entries are not to blame.")]
    private bool TryFormat(in LogEntry entry, ArrayBufferWriter<byte> scratch, ArrayBufferWriter<byte> batch)
    {
        try
        {
            scratch.ResetWrittenCount();
            _format.Write(entry, scratch);
            batch.Write(scratch.WrittenSpan);
            return true;
        }
        catch
        {
            Interlocked.Increment(ref _dropped);
            return false;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A log that cannot be written (closed pipe, full disk) must not take the gateway down.")]
    private async Task<bool> TryFlushAsync(ReadOnlyMemory<byte> lines)
    {
        try
        {
            await _output.WriteAsync(lines);
            await _output.FlushAsync();
            return true;
        }
        catch
        {
            return false;
        }
    }
}
