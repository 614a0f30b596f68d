using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <content>Which windows are closed to whom, and who goes through a scarce one.</content>
internal sealed partial class Ledger
{
    /// <summary>The closings of each instance since its window was last opened.</summary>
    private readonly List<(int FromPriority, long Until)>[] _closings = [.. Enumerable.Range(0, Instances).Select(static _ => new List<(int, long)>())];

    /// <summary>Closed since the last attempt that came through it with nobody waiting behind.</summary>
    public bool[] Scarce { get; } = new bool[Instances];

    public LedgerItem?[] Probes { get; } = new LedgerItem?[Instances];

    /// <summary>Gates and window are open to the tier.</summary>
    public bool IsOpenTo(int priority, int instance) =>
        IsOpen(instance) && _closings[instance].TrueForAll(closing => closing.FromPriority > priority || closing.Until <= Now);

    public bool IsUsableBy(LedgerItem item, int instance) => IsOpenTo(item.Policy.Priority, instance) && Probes[instance] is null;

    /// <summary>When the next instance opens to another tier, which it does with the last of its gates and closings.</summary>
    public long NextOpening() => Enumerable.Range(0, Instances)
        .SelectMany(instance => Tiers.Select(tier => OpensAt(tier.Priority, instance))).Where(at => at > Now).DefaultIfEmpty(long.MaxValue).Min();

    private long OpensAt(int priority, int instance) => _closings[instance].Where(closing => closing.FromPriority <= priority)
        .Select(static closing => closing.Until).Append(_closedUntil[instance, 0]).Append(_closedUntil[instance, 1]).Max();

    private void ChangeWindow(in Act act)
    {
        bool closes = act.Value > Now;
        Coverage.Add(closes ? Seen.WindowClosed : Seen.WindowOpened, closes || _closings[act.Instance].Count > 0);
        if (closes)
        {
            CloseWindow(act.Instance, act.Priority, act.Value);
        }
        else
        {
            _closings[act.Instance].Clear();
        }
    }

    private void CloseWindow(int instance, int fromPriority, long until)
    {
        _closings[instance].Add((fromPriority, until));
        Scarce[instance] = true;
    }

    private void StartProbe(LedgerItem item)
    {
        Coverage.Add(Seen.WindowClosedToOthers, _closings[item.Instance].Exists(closing => closing.Until > Now));
        Coverage.Add(Seen.Probe, Scarce[item.Instance]);
        Probes[item.Instance] = Scarce[item.Instance] ? item : null;
    }

    private void PassWindow(LedgerItem item)
    {
        if (Probes[item.Instance] == item)
        {
            Probes[item.Instance] = null;
            Scarce[item.Instance] = Live.Exists(other => other.State == ItemState.Queued && other.Route.Contains(item.Instance));
            Coverage.Add(Scarce[item.Instance] ? Seen.ScarceStill : Seen.ScarceNoMore);
        }
    }

    /// <summary>The end of any attempt; one that was not made leaves nothing behind.</summary>
    private void LeaveWindow(LedgerItem item)
    {
        Probes[item.Instance] = Probes[item.Instance] == item ? null : Probes[item.Instance];
        if (item.Verdict != AttemptVerdict.Deferred)
        {
            return;
        }

        Coverage.Add(Seen.Deferred);
        Coverage.Add(Seen.DeferredAtFirst, item.Attempt == 1);
        Coverage.Add(Seen.DeferredThoughRevoked, item.Revoked != CancellationReason.None);
        if (IsOpenTo(item.Policy.Priority, item.Instance))
        {
            Coverage.Add(Seen.DeferredInVain);
            CloseWindow(item.Instance, item.Policy.Priority, Now + SchedulerCore.DeferralPause.Ticks);
        }
    }
}
