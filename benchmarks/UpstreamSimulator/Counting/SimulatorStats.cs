namespace UpstreamSimulator.Counting;

/// <summary>
/// The counters. One lock guards them: a call takes it about four times, and only then is every state that a waiter may ask for
/// really seen by the waiter. Tokens are the exception, being counted once per chunk.
/// </summary>
internal sealed class SimulatorStats(SimulatorOptions options, TimeProvider timeProvider)
{
    private const int MaxModels = 1_000;
    private const int MaxRecordedCalls = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ModelCounters> _models = [];
    private readonly DelayHistogram _abortDelays = new();
    private readonly Queue<LiveCall> _calls = new();
    private readonly List<StateWaiter> _waiters = [];
    private volatile bool _awaited;
    private int _live, _maxLive, _aborting;
    private long _started, _completed, _refused, _aborted, _failed, _billable, _tokens;

    public StatsSnapshot Snapshot()
    {
        lock (_lock) return Snapshot_NeedsLock();
    }

    public IReadOnlyList<CallRecord> Calls()
    {
        lock (_lock) return [.. _calls.Select(call => call.Record_NeedsLock())];
    }

    /// <summary>A request has arrived; its nonce is known from its head, should its body never come. The caller must end the call it gets, refused or not.</summary>
    public LiveCall Arrive(string path, string nonce)
    {
        lock (_lock)
        {
            bool overLimit = options.Concurrency > 0 && _live >= options.Concurrency;
            LiveCall call = new(this, path, timeProvider.GetTimestamp(), overLimit) { Nonce = nonce };
            _started++;
            if (!overLimit) _maxLive = Math.Max(_maxLive, ++_live);
            if (options.Record)
            {
                if (_calls.Count == MaxRecordedCalls) _calls.Dequeue();
                _calls.Enqueue(call);
            }

            Changed_NeedsLock();
            return call;
        }
    }

    public void Identify(LiveCall call, string model, string nonce)
    {
        lock (_lock)
        {
            if (call.HasEnded || call.Counters is not null) return;
            (call.Model, call.Nonce) = (model, nonce);
            call.Counters = Counters_NeedsLock(model);
            call.Counters.Started++;
            if (!call.OverLimit) call.Counters.Live++;
            Changed_NeedsLock();
        }
    }

    public void GenerationStarts(LiveCall call)
    {
        lock (_lock)
        {
            if (call.HasEnded || call.Billable) return;
            call.Billable = true;
            _billable++;
            if (call.Counters is { } model) model.BillableStarts++;
            Changed_NeedsLock();
        }
    }

    public void AddTokens(LiveCall call, int count)
    {
        Interlocked.Add(ref _tokens, count);
        Interlocked.Add(ref call.Tokens, count);
        if (call.Counters is { } model) Interlocked.Add(ref model.TokensOut, count);
        if (!_awaited) return;
        lock (_lock) Changed_NeedsLock();
    }

    public void NoticeAbort(LiveCall call)
    {
        long now = timeProvider.GetTimestamp();
        lock (_lock)
        {
            if (call.HasEnded || call.Aborted is not null) return;
            call.Aborted = now;
            _aborting++;
            Changed_NeedsLock();
        }
    }

    public void End(LiveCall call, CallOutcome outcome)
    {
        lock (_lock)
        {
            if (call.HasEnded) return;
            long now = timeProvider.GetTimestamp();
            call.Ended = now;
            call.Outcome = outcome;
            if (!call.OverLimit) _live--;
            if (call.Counters is { } model && !call.OverLimit) model.Live--;
            if (call.Aborted is { } noticed)
            {
                _aborting--;
                _abortDelays.Add(timeProvider.GetElapsedTime(noticed, now).TotalMilliseconds);
            }

            Count_NeedsLock(call, outcome);
            Changed_NeedsLock();
        }
    }

    /// <summary>Starts over. What is live stays live and counts as started, so that the sums still agree.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _maxLive = _live;
            _started = _live;
            _completed = _refused = _aborted = _failed = _billable = 0;
            Interlocked.Exchange(ref _tokens, 0);
            _abortDelays.Clear();
            _calls.Clear();
            foreach ((string name, ModelCounters counters) in _models)
            {
                if (counters.Live == 0) _models.Remove(name);
                else counters.Reset();
            }

            Changed_NeedsLock();
        }
    }

    /// <summary>Completes as soon as the condition holds. The condition runs under the lock of the counters: it must only look.</summary>
    public async Task WaitUntil(Func<StatsSnapshot, bool> condition, TimeSpan timeout)
    {
        StateWaiter waiter = new(condition);
        lock (_lock)
        {
            if (!waiter.TryComplete(Snapshot_NeedsLock()))
            {
                _waiters.Add(waiter);
                _awaited = true;
            }
        }

        try
        {
            // Real time on purpose: this is the guard of a test, not part of what is simulated.
            await waiter.Task.WaitAsync(timeout, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            lock (_lock)
            {
                _waiters.Remove(waiter);
                _awaited = _waiters.Count > 0;
            }

            throw new TimeoutException($"The simulator did not reach the awaited state within {timeout}: {Snapshot()}");
        }
    }

    private void Count_NeedsLock(LiveCall call, CallOutcome outcome)
    {
        switch (outcome)
        {
            case CallOutcome.Completed:
                _completed++;
                if (call.Counters is not null) call.Counters.Completed++;
                break;
            case CallOutcome.Refused:
                _refused++;
                break;
            case CallOutcome.Aborted:
                _aborted++;
                if (call.Counters is not null) call.Counters.Aborted++;
                break;
            default:
                _failed++;
                break;
        }
    }

    private ModelCounters Counters_NeedsLock(string model)
    {
        string name = _models.Count < MaxModels || _models.ContainsKey(model) ? model : "other";
        if (!_models.TryGetValue(name, out ModelCounters? counters)) _models.Add(name, counters = new ModelCounters());
        return counters;
    }

    private void Changed_NeedsLock()
    {
        if (!_awaited) return;
        StatsSnapshot snapshot = Snapshot_NeedsLock();
        _waiters.RemoveAll(waiter => waiter.TryComplete(snapshot));
        _awaited = _waiters.Count > 0;
    }

    private StatsSnapshot Snapshot_NeedsLock() => new()
    {
        Live = _live,
        MaxLive = _maxLive,
        Started = _started,
        Completed = _completed,
        Refused = _refused,
        Aborted = _aborted,
        Failed = _failed,
        Aborting = _aborting,
        BillableStarts = _billable,
        TokensOut = Interlocked.Read(ref _tokens),
        AbortDelayP50Ms = _abortDelays.Percentile(0.5),
        AbortDelayP99Ms = _abortDelays.Percentile(0.99),
        ByModel = _models.ToDictionary(pair => pair.Key, pair => pair.Value.Snapshot()),
    };
}
