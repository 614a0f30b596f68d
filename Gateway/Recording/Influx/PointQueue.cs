using System.Threading.Channels;

namespace Gateway.Recording.Influx;

/// <summary>
/// Points on their way to whoever sends them, in batches, in bounded memory: where a batch finds no room, the oldest one that waits goes. To add
/// one never waits.
/// </summary>
/// <param name="batchSize">Points of a full batch.</param>
/// <param name="maxBatches">Full batches that may wait.</param>
/// <param name="modelOf">The model as a tag.</param>
/// <param name="dropped">Told how many points went with a batch.</param>
internal sealed class PointQueue(int batchSize, int maxBatches, Func<AccessRecord, string> modelOf, Action<int> dropped)
{
    /// <summary>A batch of long names is full earlier.</summary>
    private const int MaxBytes = 3 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<PointBatch> _full = new(maxBatches + 1);
    private readonly Stack<PointBatch> _spare = new();

    /// <summary>Room for one word: there is something to send.</summary>
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private PointBatch _open = new(modelOf);
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

            _open.Add(record);
            isNews = _open.Count == 1;
            if (_open.Count == batchSize || _open.Lines.Bytes.Length >= MaxBytes)
            {
                Seal_NeedsLock();
            }
        }

        if (isNews)
        {
            _news.Writer.TryWrite(true);
        }

        return true;
    }

    /// <summary>Waits until there is a point; then, unless a batch is full, for others to come with it.</summary>
    public async Task WaitAsync(TimeSpan linger, TimeProvider time, CancellationToken cancellationToken)
    {
        if (IsEmpty)
        {
            await _news.Reader.ReadAsync(cancellationToken);
        }

        if (!HasFull)
        {
            await Task.Delay(linger, time, cancellationToken);
        }
    }

    /// <summary>The oldest batch, full or not; null when nothing waits. To be given back.</summary>
    public PointBatch? Take()
    {
        lock (_lock)
        {
            if (_full.Count == 0 && _open.Count > 0)
            {
                Seal_NeedsLock();
            }

            return _full.TryDequeue(out PointBatch? batch) ? batch : null;
        }
    }

    public void GiveBack(PointBatch batch)
    {
        batch.Clear();
        lock (_lock)
        {
            _spare.Push(batch);
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

    private bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _full.Count + _open.Count == 0;
            }
        }
    }

    private void Seal_NeedsLock()
    {
        _full.Enqueue(_open);
        if (_full.Count > maxBatches)
        {
            PointBatch oldest = _full.Dequeue();
            dropped(oldest.Count);
            oldest.Clear();
            _spare.Push(oldest);
        }

        _open = _spare.TryPop(out PointBatch? spare) ? spare : new PointBatch(modelOf);
    }
}
