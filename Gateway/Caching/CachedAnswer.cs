using System.Globalization;
using Gateway.Requests;
using Microsoft.Extensions.Primitives;

namespace Gateway.Caching;

/// <summary>A whole answer as it is kept: what is true of it for whoever asks the same again.</summary>
internal sealed class CachedAnswer
{
    /// <summary>Objects, table and list around an entry, measured; rounded up.</summary>
    private const long Overhead = 400;
    private const long HeaderOverhead = 72;

    private int _holders = 1;

    public CachedAnswer(int status, IReadOnlyList<KeyValuePair<string, StringValues>> headers, byte[] body, DateTimeOffset storedAt)
    {
        (Status, Headers, Body, StoredAt) = (status, headers, body, storedAt);
        Timestamp = storedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        IsStream = headers.Any(static header => header.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)
            && MediaTypes.IsEventStream(header.Value.ToString()));
        Size = Overhead + body.Length;
        foreach ((string name, StringValues values) in headers)
        {
            Size += HeaderOverhead + (2 * name.Length);
            foreach (string? value in values)
            {
                Size += HeaderOverhead + (2 * (value?.Length ?? 0));
            }
        }
    }

    public int Status { get; }

    /// <summary>Without those that speak of one connection or one request.</summary>
    public IReadOnlyList<KeyValuePair<string, StringValues>> Headers { get; }

    public byte[] Body { get; }

    /// <summary>Replayed as it came: without a length.</summary>
    public bool IsStream { get; }

    public DateTimeOffset StoredAt { get; }

    /// <summary><see cref="StoredAt"/> by RFC 3339.</summary>
    public string Timestamp { get; }

    /// <summary>Bytes of memory it takes, all in all.</summary>
    public long Size { get; }

    /// <summary>What its memory was taken from; null when nobody counts it.</summary>
    public CacheBudget? Budget { get; set; }

    /// <summary>Somebody reads it, and it counts until then, kept or not. False when it counts no longer.</summary>
    public bool TryHold()
    {
        int holders = Volatile.Read(ref _holders);
        while (holders > 0)
        {
            int seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders)
            {
                return true;
            }

            holders = seen;
        }

        return false;
    }

    /// <summary>It has been read, or is kept no longer. The last one gives its memory back.</summary>
    public void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Budget?.Return(Size);
        }
    }
}
