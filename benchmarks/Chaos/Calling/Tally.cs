using System.Collections.Concurrent;
using System.Globalization;

namespace Chaos.Calling;

/// <summary>What many callers saw.</summary>
internal sealed class Tally
{
    private readonly ConcurrentQueue<Reply> _replies = new();

    public IReadOnlyCollection<Reply> Replies => _replies;

    public int Count => _replies.Count;

    public int Good => _replies.Count(static reply => reply.IsWhole);

    public int Foreign => _replies.Count(static reply => reply.IsForeign);

    public void Add(Reply reply) => _replies.Enqueue(reply);

    public int Of(Func<Reply, bool> condition) => _replies.Count(condition);

    /// <summary>Milliseconds that so large a share of the replies took at most; 0 when there are none.</summary>
    public double Percentile(double share, Func<Reply, bool>? of = null, Func<Reply, double>? value = null)
    {
        double[] sorted = [.. _replies.Where(of ?? (static reply => reply.IsWhole)).Select(value ?? (static reply => reply.Took.TotalMilliseconds)).Order()];
        return sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }

    /// <summary>How they ended, e.g. <c>412 x 200, 3 x 503 queue_full</c>.</summary>
    public string Told => string.Join(", ", _replies
        .GroupBy(static reply => $"{reply.Status} {reply.Code}{(reply is { Status: 200, IsWhole: false } ? "(cut)" : "")}".Trim())
        .OrderByDescending(static group => group.Count())
        .Select(static group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} x {group.Key}")));
}
