using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>
/// One run: acts go to the model, to its twin if there is one, and to the checker, at times at which the armed timer ticks as a
/// real one would. Two models that disagree are reported as the violation "Twin".
/// </summary>
internal sealed class ModelRun
{
    private readonly ISchedulerModel _model;
    private readonly ISchedulerModel? _twin;
    private readonly InvariantChecker _checker;
    private readonly List<Fx> _effects = [];
    private readonly List<Fx> _twinEffects = [];

    public ModelRun(World world, ISchedulerModel model, ISchedulerModel? twin = null, bool looksAtRouting = true, bool looksAtSavings = true)
    {
        World = world;
        _model = model;
        _twin = twin;
        Ledger = new Ledger(world.Options);
        _checker = new InvariantChecker(model, Ledger) { LooksAtRouting = looksAtRouting, LooksAtSavings = looksAtSavings };
    }

    public World World { get; }

    public Ledger Ledger { get; }

    public long Now { get; private set; } = 1;

    /// <summary>All effects of the run, when somebody wants to compare two runs.</summary>
    public List<Fx>? Log { get; init; }

    /// <summary>Plays a script and then ends everything; throws <see cref="InvariantViolation"/>.</summary>
    public static Coverage Play(
        Script script, Func<SchedulerOptions, ISchedulerModel> model, Func<SchedulerOptions, ISchedulerModel>? twin = null, List<Fx>? log = null,
        bool looksAtRouting = true, bool looksAtSavings = true)
    {
        var world = World.From(script.Setup);
        var run = new ModelRun(world, model(world.Options), twin?.Invoke(world.Options), looksAtRouting, looksAtSavings) { Log = log };
        var director = new Director(run);
        foreach (int step in script.Steps)
        {
            director.Act(step);
        }

        director.EndEverything();
        run._checker.I9AllOver();
        return run.Ledger.Coverage;
    }

    /// <summary>The earliest time at which a timer must fire.</summary>
    public long NextTick => _model.ArmedAt ?? _checker.NextDeadline;

    /// <summary>Moves the clock, ticking at each armed time on the way; a late timer is one that has not fired yet.</summary>
    public void Advance(long by, bool timerIsLate = false)
    {
        long target = Now + by;
        for (int ticks = 0; !timerIsLate && NextTick <= target; ticks++)
        {
            if (ticks > 1000)
            {
                throw new InvariantViolation("I15", "the timer never stops firing");
            }

            Now = Math.Max(Now, NextTick);
            Send(new Act(SchedulerEventKind.Tick));
        }

        Now = target;
    }

    public void Send(in Act act)
    {
        _effects.Clear();
        _model.Step(act, Now, _effects);
        Log?.AddRange(_effects);
        if (_twin is not null)
        {
            _twinEffects.Clear();
            _twin.Step(act, Now, _twinEffects);
        }

        _checker.Check(act, Now, _effects);
        if (_twin is not null && !AreSame(_effects, _twinEffects))
        {
            throw new InvariantViolation(
                "Twin", $"{act} at {Now}\n  core:      {string.Join("; ", _effects)}\n  reference: {string.Join("; ", _twinEffects)}");
        }
    }

    /// <summary>Grants and preemptions in the same order; the rest in any, since no policy orders what falls due at one instant.</summary>
    private static bool AreSame(List<Fx> left, List<Fx> right) =>
        left.SequenceEqual(right)
        || (left.Where(IsDecision).SequenceEqual(right.Where(IsDecision))
            && left.Where(fx => !IsDecision(fx)).OrderBy(Key).SequenceEqual(right.Where(fx => !IsDecision(fx)).OrderBy(Key)));

    private static bool IsDecision(Fx fx) =>
        fx.Kind == EffectKind.Grant || fx is { Kind: EffectKind.Revoke, Cancellation: CancellationReason.Preempted };

    private static (int, EffectKind) Key(Fx fx) => (fx.Item, fx.Kind);
}
