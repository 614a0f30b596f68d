using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>How often each of them was seen.</summary>
internal sealed class Coverage
{
    private readonly long[] _counts = new long[Enum.GetValues<Seen>().Length];

    public long this[Seen seen] => Volatile.Read(ref _counts[(int)seen]);

    public void Add(Seen seen, bool happened = true) => _counts[(int)seen] += happened ? 1 : 0;

    public void Add(EndReason reason)
    {
        if (reason is not (EndReason.CallerGone or EndReason.None or EndReason.Faulted))
        {
            Add(reason == EndReason.Draining ? Seen.RejectedOrEvictedByDrain : Enum.Parse<Seen>(reason.ToString()));
        }
    }

    /// <summary>An item was evicted while its slot was not free yet.</summary>
    public void AddClosing(EndReason reason) => Add(reason switch
    {
        EndReason.CallerGone => Seen.ClosingGone,
        EndReason.Draining => Seen.ClosingDrained,
        EndReason.Expired => Seen.ClosingExpired,
        EndReason.NoInstance => Seen.ClosingForTheDead,
        EndReason.RetriesSpent => Seen.ClosingSpent,
        _ => Seen.ClosingPastDeadline,
    });

    public void AddAll(Coverage other)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            Interlocked.Add(ref _counts[i], other._counts[i]);
        }
    }

    public override string ToString() =>
        string.Join(", ", Enum.GetValues<Seen>().Select(seen => $"{seen} {this[seen]}"));
}
