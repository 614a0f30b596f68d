namespace Gateway.Requests;

/// <summary>Bytes of request bodies that the whole gateway may hold in memory at once.</summary>
internal sealed class BodyBudget
{
    private long _held;

    public long Held => Interlocked.Read(ref _held);

    /// <summary>Takes bytes; the caller gives them back with <see cref="Release"/>.</summary>
    public bool TryTake(long bytes, long limit)
    {
        if (Interlocked.Add(ref _held, bytes) <= limit)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref _held, -bytes);
}
