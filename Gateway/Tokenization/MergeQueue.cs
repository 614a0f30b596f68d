namespace Gateway.Tokenization;

/// <summary>A binary heap of numbers, the smallest first, in memory of the caller's.</summary>
internal ref struct MergeQueue(Span<long> heap)
{
    private readonly Span<long> _heap = heap;

    public int Count { get; private set; }

    /// <summary>Adds a number out of order: <see cref="Order"/> must follow.</summary>
    public void Append(long item) => _heap[Count++] = item;

    public readonly void Order()
    {
        for (int i = (Count >> 1) - 1; i >= 0; i--)
        {
            Sink(i, _heap[i]);
        }
    }

    public void Push(long item)
    {
        Span<long> heap = _heap;
        int at = Count++;
        while (at > 0 && heap[(at - 1) >> 1] is var parent && parent > item)
        {
            heap[at] = parent;
            at = (at - 1) >> 1;
        }

        heap[at] = item;
    }

    public long Pop()
    {
        long top = _heap[0];
        long last = _heap[--Count];
        if (Count > 0)
        {
            Sink(0, last);
        }

        return top;
    }

    private readonly void Sink(int at, long item)
    {
        Span<long> heap = _heap[..Count];
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= heap.Length)
            {
                break;
            }

            if (child + 1 < heap.Length && heap[child + 1] < heap[child])
            {
                child++;
            }

            if (heap[child] >= item)
            {
                break;
            }

            heap[at] = heap[child];
            at = child;
        }

        heap[at] = item;
    }
}
