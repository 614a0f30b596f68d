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
}
