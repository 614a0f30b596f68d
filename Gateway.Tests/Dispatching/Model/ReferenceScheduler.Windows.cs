using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <content>Windows: every closing since the last opening is kept, and all of them are asked.</content>
internal sealed partial class ReferenceScheduler
{
    private readonly List<(int Instance, int FromPriority, long Until)> _closings = [];
    private readonly bool[] _scarce = new bool[8];
    private readonly ReferenceItem?[] _probes = new ReferenceItem?[8];

    private bool IsWindowOpen(int priority, int instance) => !_closings.Exists(closing => closing.Instance == instance && closing.Until > _now
        && (closing.FromPriority <= priority || Has(ReferenceDefect.WindowClosesToAll)))
        || Has(ReferenceDefect.ClosedWindowIgnored);

    private bool IsUsableBy(int priority, int instance) => IsOpen(instance) && IsWindowOpen(priority, instance)
        && (_probes[instance] is null || Has(ReferenceDefect.ProbeNotAlone));

    private void ChangeWindow(in Act act)
    {
        int instance = act.Instance, priority = act.Priority;
        if (act.Value <= _now)
        {
            _closings.RemoveAll(closing => closing.Instance == instance
                && (closing.FromPriority >= priority || !Has(ReferenceDefect.WindowOpensToSome)));
        }
        else
        {
            CloseWindow(instance, priority, act.Value);
        }
    }

    private void CloseWindow(int instance, int fromPriority, long until)
    {
        if (Has(ReferenceDefect.LastClosingCounts))
        {
            _closings.RemoveAll(closing => closing.Instance == instance && closing.FromPriority >= fromPriority);
        }

        _closings.Add((instance, fromPriority, until));
        _scarce[instance] = !Has(ReferenceDefect.NeverScarce);
    }

    private bool StartProbe(ReferenceItem item)
    {
        _probes[item.Instance] = _scarce[item.Instance] ? item : _probes[item.Instance];
        return _scarce[item.Instance];
    }

    private void PassWindow(ReferenceItem item)
    {
        if (_probes[item.Instance] == item)
        {
            _probes[item.Instance] = Has(ReferenceDefect.ProbeNeverPasses) ? item : null;
            _scarce[item.Instance] = Has(ReferenceDefect.ScarceForEver)
                || (Queued.Any(other => other.Route.Contains(item.Instance)) && !Has(ReferenceDefect.ScarceOnce));
        }
    }

    private void EndProbe(ReferenceItem item)
    {
        if (_probes[item.Instance] == item && !Has(ReferenceDefect.ProbeOutlivesItsAttempt))
        {
            _probes[item.Instance] = null;
        }
    }

    /// <summary>As if it had not been granted, but for a pause when nobody has closed the window.</summary>
    private void Undo(ReferenceItem item)
    {
        if (IsOpen(item.Instance) && IsWindowOpen(item.Policy.Priority, item.Instance) && !Has(ReferenceDefect.DeferralClosesNothing))
        {
            CloseWindow(item.Instance, item.Policy.Priority, _now + SchedulerCore.DeferralPause.Ticks);
        }
    }
}
