using Gateway.Configuration;
using Polly;
using Polly.CircuitBreaker;

namespace Gateway.Upstreams;

/// <summary>
/// Whether an instance takes requests: its circuit, and the pause that it asked for. A circuit breaker judges the calls of a closed
/// circuit; opening, the time to come back and the probe are kept here, because a check may eject an instance too, and may keep it out.
/// Reports carry the generation of the circuit in which their call began: the end of an older call says nothing about the present one.
/// </summary>
internal sealed class InstanceHealth
{
    /// <summary>A dead instance under traffic must be out of the rotation within 5 s, whatever the interval of the checks.</summary>
    private static readonly TimeSpan LongestWindow = TimeSpan.FromSeconds(4);

    private readonly TimeProvider _time;
    private readonly Action? _changed;
    private readonly Action? _suspected;
    private readonly Lock _lock = new();
    private HealthOptions _options;
    private CircuitBreakerStateProvider _breakerState = null!;
    private ResiliencePipeline<bool> _breaker = null!;
    private long _probeAt;
    private long _pausedUntil;
    private volatile CircuitStanding _standing;
    private int _live;
    private int _older;

    /// <param name="options">When the circuit opens, and for how long.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="changed">Called after every change of the state or the pause, on whichever thread made it.</param>
    /// <param name="suspected">Called when the instance did not answer a call, or not in a way that tells whose fault it is.</param>
    public InstanceHealth(HealthOptions options, TimeProvider time, Action? changed = null, Action? suspected = null)
    {
        (_options, _time, _changed, _suspected) = (options, time, changed, suspected);
        _standing = new CircuitStanding(CircuitState.Closed, Generation: 0, Reason: null, time.GetUtcNow());
        MakeBreaker();
    }

    public CircuitStanding Standing => _standing;

    public CircuitState State => _standing.State;

    /// <summary>An attempt or a check notes it when it begins and reports with it.</summary>
    public int Generation => _standing.Generation;

    /// <summary>Attempts that still run and began before the present state.</summary>
    public int Older => Volatile.Read(ref _older);

    /// <summary>When the pause that the instance asked for ends; null without one.</summary>
    public DateTimeOffset? PausedUntil => PauseLeft is var left && left > TimeSpan.Zero ? _time.GetUtcNow() + left : null;

    /// <summary>What is left of the pause; zero without one.</summary>
    public TimeSpan PauseLeft => Left(ref _pausedUntil);

    /// <summary>Time until an open circuit may be probed; zero when it may be now, or is not open.</summary>
    public TimeSpan ProbeIn => State == CircuitState.Open ? Left(ref _probeAt) : TimeSpan.Zero;

    /// <summary>Takes over new settings. The state stays; calls are counted anew.</summary>
    public void Apply(HealthOptions options)
    {
        lock (_lock)
        {
            if (options != _options)
            {
                _options = options;
                MakeBreaker();
            }
        }
    }

    /// <summary>An attempt begins. Returns the generation to report with.</summary>
    public int Begin()
    {
        lock (_lock)
        {
            _live++;
            return Generation;
        }
    }

    /// <summary>The attempt of a <see cref="Begin"/> has ended, after its reports.</summary>
    public void End(int generation)
    {
        lock (_lock)
        {
            _live--;
            if (generation == Generation)
            {
                return;
            }

            _older--;
            if (State != CircuitState.HalfOpen)
            {
                return;
            }
        }

        // Its slot goes with it: it is not another probe's.
        _changed?.Invoke();
    }

    /// <summary>The instance answered as a healthy one may.</summary>
    public void Succeeded(int generation)
    {
        lock (_lock)
        {
            if (generation != Generation || State == CircuitState.Open)
            {
                return;
            }

            if (State == CircuitState.Closed)
            {
                _breaker.Execute(static isSuccess => isSuccess, true);
                return;
            }

            Enter(CircuitState.Closed, reason: null);
        }

        _changed?.Invoke();
    }

    /// <summary>A call failed in a way that speaks against the instance.</summary>
    /// <param name="generation">That of the call's beginning.</param>
    /// <param name="reason">How, for the log and the admin routes.</param>
    /// <param name="unanswered">Nobody answered, or not as a server of this API does, so that a check can tell at once whether the instance is there.</param>
    public void Failed(int generation, string reason, bool unanswered = false)
    {
        if (!CountFailure(generation, reason))
        {
            if (unanswered && State == CircuitState.Closed)
            {
                _suspected?.Invoke();
            }

            return;
        }

        _changed?.Invoke();
    }

    /// <summary>A call met what may be the instance's fault or its request's: it counts for neither, and a check looks at once.</summary>
    public void Doubted(int generation)
    {
        if (generation == Generation && State == CircuitState.Closed)
        {
            _suspected?.Invoke();
        }
    }

    /// <summary>A check found the instance dead: out of the rotation, or out of it for longer.</summary>
    /// <param name="generation">That of the check's beginning.</param>
    /// <param name="reason">What it found, for the log and the admin routes.</param>
    public void Eject(int generation, string reason)
    {
        lock (_lock)
        {
            if (generation != Generation)
            {
                return;
            }

            if (State == CircuitState.Open)
            {
                _standing = _standing with { Reason = reason };
                _probeAt = After(_options.Interval < _options.Break ? _options.Interval : _options.Break);
                return;
            }

            Enter(CircuitState.Open, reason);
        }

        _changed?.Invoke();
    }

    /// <summary>Lets one request find out, once the break has passed. The caller has made sure that a check, if one is due, went well.</summary>
    /// <param name="generation">That of the check's beginning, or of the look at the time.</param>
    public void TryHalfOpen(int generation)
    {
        lock (_lock)
        {
            if (generation != Generation || State != CircuitState.Open || Left(ref _probeAt) > TimeSpan.Zero)
            {
                return;
            }

            Enter(CircuitState.HalfOpen, _standing.Reason);
        }

        _changed?.Invoke();
    }

    /// <summary>The instance asked to be left alone for a time. A shorter pause does not end a longer one.</summary>
    public void Pause(TimeSpan duration)
    {
        lock (_lock)
        {
            long until = After(duration);
            if (until <= _pausedUntil)
            {
                return;
            }

            Volatile.Write(ref _pausedUntil, until);
        }

        _changed?.Invoke();
    }

    /// <summary>Back into the rotation, without a pause, nothing held against it.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            Volatile.Write(ref _pausedUntil, 0);
            Enter(CircuitState.Closed, reason: null);
        }

        _changed?.Invoke();
    }

    /// <summary>True when this failure opened the circuit.</summary>
    private bool CountFailure(int generation, string reason)
    {
        lock (_lock)
        {
            if (generation != Generation || State == CircuitState.Open)
            {
                return false;
            }

            if (State == CircuitState.Closed)
            {
                _breaker.Execute(static isSuccess => isSuccess, false);
                if (_breakerState.CircuitState != Polly.CircuitBreaker.CircuitState.Open)
                {
                    return false;
                }
            }

            Enter(CircuitState.Open, reason);
            return true;
        }
    }

    private void Enter(CircuitState state, string? reason)
    {
        _standing = new CircuitStanding(state, Generation + 1, reason, _time.GetUtcNow());
        Volatile.Write(ref _older, _live);
        if (state == CircuitState.Open)
        {
            Volatile.Write(ref _probeAt, After(_options.Break));
        }
        else if (state == CircuitState.Closed)
        {
            MakeBreaker();
        }
    }

    private void MakeBreaker()
    {
        _breakerState = new CircuitBreakerStateProvider();
        _breaker = new ResiliencePipelineBuilder<bool> { TimeProvider = _time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<bool>
            {
                FailureRatio = _options.FailureRatio,
                MinimumThroughput = _options.MinimumCalls,
                BreakDuration = _options.Break,
                SamplingDuration = _options.Interval < LongestWindow ? _options.Interval : LongestWindow,
                StateProvider = _breakerState,
                ShouldHandle = static call => ValueTask.FromResult(!call.Outcome.Result),
            })
            .Build();
    }

    private long After(TimeSpan duration) => _time.GetTimestamp() + (long)(duration.TotalSeconds * _time.TimestampFrequency);

    private TimeSpan Left(ref long until) =>
        Volatile.Read(ref until) is var at and > 0 && at > _time.GetTimestamp() ? _time.GetElapsedTime(_time.GetTimestamp(), at) : TimeSpan.Zero;
}
