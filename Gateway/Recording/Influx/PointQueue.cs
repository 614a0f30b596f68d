using System.Threading.Channels;

namespace Gateway.Recording.Influx;

/// <summary>
/// Points on their way to whoever sends them, in batches, in bounded memory: where a batch finds no room, the oldest one that waits goes. To add
/// one never waits.
/// </summary>
/// <param name="maxBatches">Full batches that may wait.</param>
/// <param name="modelOf">The model as a tag.</param>
/// <param name="files">Where batches outlive the process. For the queue alone.</param>
/// <param name="dropped">Told how many points went with a batch.</param>
internal sealed class PointQueue(int maxBatches, Func<AccessRecord, string> modelOf, PointFiles files, Action<int> dropped)
{
    private readonly Lock _lock = new();
    private readonly Queue<PointBatch> _full = new(maxBatches + 1);
    private readonly Stack<PointBatch> _spare = new();

    /// <summary>Room for one word: there is something to send.</summary>
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(1);

    /// <summary>Takes points; null before the first.</summary>
    private PointBatch? _open;
    private TaskCompletionSource? _nextFull;
    private bool _isClosed;

    /// <summary>There is a batch that waits for no more points.</summary>
    public bool HasFull
    {
        get
        {
            lock (_lock)
            {
                return _full.Count > 0;
            }
        }
    }

    /// <summary>Takes over what is in the files, so that the first point need not.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _open ??= Open_NeedsLock();
        }
    }

    /// <summary>False when it is closed.</summary>
    public bool TryAdd(AccessRecord record)
    {
        bool isNews;
        lock (_lock)
        {
            if (_isClosed)
            {
                return false;
            }

            isNews = IsEmpty_NeedsLock;
            _open ??= Open_NeedsLock();
            _open.Add(record);
            if (_open.IsFull)
            {
                Seal_NeedsLock(_open);
            }
        }

        if (isNews)
        {
            _news.Writer.TryWrite(true);
        }

        return true;
    }

    /// <summary>Waits until there is a point; then for others to come with it, until a batch is full.</summary>
    public async Task WaitAsync(TimeSpan linger, TimeProvider time, CancellationToken cancellationToken)
    {
        if (IsEmpty)
        {
            await _news.Reader.ReadAsync(cancellationToken);
        }

        if (NextFull() is { } full)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(full, Task.Delay(linger, time, either.Token));
            await either.CancelAsync();
        }
    }

    /// <summary>The oldest batch, full or not; null when nothing waits. To be given back.</summary>
    public PointBatch? Take()
    {
        lock (_lock)
        {
            if (_full.Count == 0 && _open is { Count: > 0 })
            {
                Seal_NeedsLock(_open);
            }

            return _full.TryDequeue(out PointBatch? batch) ? batch : null;
        }
    }

    public void GiveBack(PointBatch batch)
    {
        lock (_lock)
        {
            Spare_NeedsLock(batch);
        }
    }

    /// <summary>Takes no more.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
        }
    }

    /// <summary>Completes when a batch is full; null when one is.</summary>
    private Task? NextFull()
    {
        lock (_lock)
        {
            if (_full.Count > 0)
            {
                return null;
            }

            _nextFull = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _nextFull.Task;
        }
    }

    private bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return IsEmpty_NeedsLock;
            }
        }
    }

    private bool IsEmpty_NeedsLock => _full.Count == 0 && _open is null or { Count: 0 };

    private PointBatch Open_NeedsLock()
    {
        PointBatch? newest = null;
        foreach ((PointFile file, PointLines lines) in files.Open())
        {
            var batch = new PointBatch(modelOf, file, lines);
            if (batch.Count == 0)
            {
                _spare.Push(batch);
                continue;
            }

            if (newest is not null)
            {
                _full.Enqueue(newest);
            }

            newest = batch;
        }

        if (newest is { IsFull: true })
        {
            _full.Enqueue(newest);
            newest = null;
        }

        // What the last one did not fill goes on to be filled: of a gateway that is killed again and again, there are never more batches than there may be.
        newest ??= Next_NeedsLock();

        // The one to be filled while that is sent: no request waits for a file to be made, unless InfluxDB is away.
        _spare.Push(Next_NeedsLock());
        return newest;
    }

    private PointBatch Next_NeedsLock() => _spare.TryPop(out PointBatch? spare) ? spare : new PointBatch(modelOf, files.Next());

    private void Spare_NeedsLock(PointBatch batch)
    {
        batch.Clear();

        // One that was made when no file could be is not to take the place of one that has a file.
        if (batch.IsKept || _spare.Count == 0)
        {
            _spare.Push(batch);
        }
    }

    private void Seal_NeedsLock(PointBatch full)
    {
        _full.Enqueue(full);
        _nextFull?.TrySetResult();
        if (_full.Count > maxBatches)
        {
            PointBatch oldest = _full.Dequeue();
            dropped(oldest.Count);
            Spare_NeedsLock(oldest);
        }

        _open = Next_NeedsLock();
    }
}
