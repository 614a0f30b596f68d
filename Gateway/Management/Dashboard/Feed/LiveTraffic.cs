using System.Collections.Concurrent;
using Gateway.Recording;
using Gateway.Requests;

namespace Gateway.Management.Dashboard.Feed;

/// <summary>Counts what the dashboard shows of finished requests, watched or not: who opens it wants to know what has been.</summary>
internal sealed class LiveTraffic(EventLog events, TimeProvider time) : IAccessSink
{
    /// <summary>A caller may name its model as it likes.</summary>
    public const int MaxModelLength = 64;

    private readonly ConcurrentDictionary<int, WaitSamples> _waits = new();
    private long _requests;
    private long _errors;
    private long _limited;
    private long _hits;
    private long _joined;
    private long _misses;
    private long _inputTokens;
    private long _outputTokens;

    public FrameTraffic Totals => new(
        Interlocked.Read(ref _requests), Interlocked.Read(ref _errors), Interlocked.Read(ref _limited), Interlocked.Read(ref _hits),
        Interlocked.Read(ref _joined), Interlocked.Read(ref _misses), Interlocked.Read(ref _inputTokens), Interlocked.Read(ref _outputTokens));

    /// <summary>Null when none of the tier's requests ended in the last minutes.</summary>
    public WaitShares? WaitOf(int priority) => _waits.TryGetValue(priority, out WaitSamples? samples) ? samples.Shares() : null;

    public void Write(AccessRecord record)
    {
        if (!record.IsApi)
        {
            return;
        }

        Interlocked.Increment(ref _requests);
        Count(record.Cache);
        if (record.InputTokens is { } input)
        {
            Interlocked.Add(ref _inputTokens, input);
            Interlocked.Add(ref _outputTokens, record.OutputTokens ?? 0);
        }

        if (record.Attempts > 0)
        {
            _waits.GetOrAdd(record.Priority, static (_, time) => new WaitSamples(time), time).Add(record.Queued);
        }

        if (record.IsError)
        {
            Interlocked.Increment(ref _errors);
            events.Add(Failure(record));
        }

        if (record.Outcome is Outcome.RequestLimit or Outcome.TokenLimit)
        {
            Interlocked.Increment(ref _limited);
        }
    }

    public static string? Short(string? model) => model is { Length: > MaxModelLength } ? model[..MaxModelLength] : model;

    private static LiveEvent Failure(AccessRecord record) => new()
    {
        Kind = LiveEventKind.Failed,
        Tier = record.Priority,
        RequestId = record.RequestId,
        Instance = record.Instance,
        Reason = record.Outcome == Outcome.Relayed ? null : OutcomeLabel.Of(record.Outcome),
        Status = record.Status,
        Endpoint = record.Endpoint,
        Model = Short(record.Model),
        Caller = record.Caller,
    };

    private void Count(CacheState cache)
    {
        switch (cache)
        {
            case CacheState.Hit:
                Interlocked.Increment(ref _hits);
                break;
            case CacheState.Shared:
                Interlocked.Increment(ref _joined);
                break;
            case CacheState.Miss:
                Interlocked.Increment(ref _misses);
                break;
        }
    }
}
