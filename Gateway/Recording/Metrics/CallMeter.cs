using System.Diagnostics.Metrics;

namespace Gateway.Recording.Metrics;

/// <summary>The upstream calls of a finished request: how each ended, what was lost, what was tried again and why.</summary>
internal sealed class CallMeter
{
    private const int FirstError = 400;

    private readonly CounterSeries<(string Instance, AttemptEnd End)> _calls = new(static key =>
        [new("upstream", key.Instance), new("end", OutcomeLabel.Of(key.End))]);

    private readonly CounterSeries<(string Instance, string Reason)> _errors = new(static key => [new("upstream", key.Instance), new("reason", key.Reason)]);
    private readonly CounterSeries<string> _retries = new(static reason => [new("reason", reason)]);
    private readonly CounterSeries<(int Tier, int By)> _preemptions = new(static key => [RequestMeter.Tier(key.Tier), new("by_tier", RequestMeter.Tier(key.By).Value)]);
    private readonly CounterSeries<int> _wastedTicks = new(static tier => [RequestMeter.Tier(tier)]);
    private readonly CounterSeries<int> _wastedTokens = new(static tier => [RequestMeter.Tier(tier)]);
    private readonly HistogramSeries<string> _timeToHead;
    private readonly Counted _duplicates = new([]);

    public CallMeter(Meter meter)
    {
        meter.CreateObservableCounter("gateway.upstream.calls", _calls.Read, "{call}", "Upstream calls by how they ended.");
        meter.CreateObservableCounter("gateway.upstream.errors", _errors.Read, "{call}", "Upstream calls that failed, and answers with a status of 400 or more.");
        meter.CreateObservableCounter("gateway.retries", _retries.Read, "{call}", "Upstream calls that failed and were followed by another.");
        meter.CreateObservableCounter("gateway.preemptions", _preemptions.Read, "{call}", "Upstream calls interrupted for more urgent requests.");
        meter.CreateObservableCounter("gateway.wasted.slot_seconds", _wastedTicks.ReadSeconds, "s", "Slot time of discarded calls.");
        meter.CreateObservableCounter("gateway.wasted.tokens", _wastedTokens.Read, "{token}", "Prompt tokens of discarded calls, estimated.");
        meter.CreateObservableCounter("gateway.possible_duplicates", _duplicates.Read, "{call}", "Upstream calls that may have repeated work an earlier one had done.");
        _timeToHead = new(
            meter.CreateHistogram("gateway.upstream.time_to_head", "s", "Start of an upstream call to the head of its answer.", null, Buckets.FirstToken),
            static instance => [new("upstream", instance)]);
    }

    public void Write(AccessRecord record)
    {
        IReadOnlyList<AttemptRecord> calls = record.Calls;
        for (int i = 0; i < calls.Count; i++)
        {
            Write(record, calls[i], isLast: i == calls.Count - 1);
        }

        if (record.Wasted > TimeSpan.Zero)
        {
            _wastedTicks.Add(record.Priority, record.Wasted.Ticks);
            _wastedTokens.Add(record.Priority, record.WastedTokens);
        }

        if (record.PossibleDuplicates > 0)
        {
            _duplicates.Add(record.PossibleDuplicates);
        }
    }

    private void Write(AccessRecord record, in AttemptRecord call, bool isLast)
    {
        _calls.Add((call.Instance, call.End));
        if (call.TimeToHead is { } head)
        {
            _timeToHead.Record(call.Instance, head);
        }

        if (call.PreemptedBy is { } by)
        {
            _preemptions.Add((record.Priority, by));
        }

        if (call.End != AttemptEnd.Failed && call.Status < FirstError)
        {
            return;
        }

        string reason = call.Status > 0 ? StatusLabel.Of(call.Status) : OutcomeLabel.Of(call.Outcome);
        _errors.Add((call.Instance, reason));
        if (call.End == AttemptEnd.Failed && !isLast)
        {
            _retries.Add(reason);
        }
    }
}
