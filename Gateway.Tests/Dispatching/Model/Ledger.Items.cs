using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <content>What becomes of one item.</content>
internal sealed partial class Ledger
{
    private void Start(LedgerItem item, in Fx effect)
    {
        item.Waited += Now - item.WaitingSince;
        item.State = ItemState.Running;
        item.Attempt = effect.Attempt;
        item.Instance = effect.Instance;
        item.StartedAt = Now;
        Earn(item);
        StartProbe(item);
        item.GrantOrder = ++_grants;
        item.GrantedAsVictim = effect.Preemptible;
        item.Committed = false;
        item.IsSpent = false;
        item.Leaked = false;
        item.Revoked = CancellationReason.None;
        Coverage.Add(Seen.Grant);
        Coverage.Add(Seen.Immune, item.Preemptions > 0 && item.Preemptions == item.Policy.MaxPreemptions);
    }

    private void LoseCaller(LedgerItem item)
    {
        Coverage.Add(item.State switch
        {
            ItemState.Queued => Seen.GoneQueued,
            ItemState.Sleeping => Seen.GoneSleeping,
            ItemState.Running => Seen.GoneRunning,
            ItemState.Revoking => Seen.GoneRevoking,
            ItemState.Closing => Seen.GoneClosing,
            _ => Seen.GoneDone,
        });
        item.CallerGone = item.State != ItemState.Done;
    }

    private void Commit(LedgerItem item)
    {
        item.Committed = true;
        if (item is { State: ItemState.Revoking, Revoked: CancellationReason.Preempted })
        {
            Coverage.Add(Seen.CommitBeatsRevoke);
            Coverage.Add(Seen.CommitBeatsRevokeButGone, item.CallerGone);
            item.State = ItemState.Running;
            item.Revoked = CancellationReason.None;
            item.Leaked = false;
        }
    }

    private void EndAttempt(LedgerItem item, in Act act)
    {
        item.Verdict = act.Verdict;
        item.Advice = act.Retry;
        item.RetryAt = act.Value;
        item.WaitingSince = Now;
        LeaveWindow(item);
        if (act.SlotHeld)
        {
            item.IsSpent = act.Verdict == AttemptVerdict.Retry && MayNotGoOn(item);
            item.EndingSince = item.State == ItemState.Running ? Now : item.EndingSince;
            item.State = ItemState.Closing;
            Coverage.Add(Seen.HeldSlot);
            Coverage.Add(Seen.DeferredHeld, act.Verdict == AttemptVerdict.Deferred);
            return;
        }

        FreeSlot(item);
    }

    private void FreeSlot(LedgerItem item)
    {
        Coverage.Add(Seen.LeakEnded, item.Leaked);
        item.Leaked = false;
        item.Attempt -= item.Verdict == AttemptVerdict.Deferred ? 1 : 0;
        if (item.Revoked != CancellationReason.None && item.Verdict != AttemptVerdict.Deferred && Options.ReleaseDelay > TimeSpan.Zero)
        {
            Cooling.Add((item.Instance, Now + Options.ReleaseDelay.Ticks));
            Coverage.Add(Seen.Cooling);
        }

        if (item.IsOver || item.Verdict == AttemptVerdict.Final)
        {
            End(item);
        }
        else if (item.Verdict != AttemptVerdict.Retry)
        {
            bool preempted = item.Verdict == AttemptVerdict.Preempted;
            item.Preemptions += !preempted || item.CallerGone || DrainExpired || item.Deadline <= Now ? 0 : 1;
            item.State = ItemState.Queued;
            item.Avoided = item.WakesAt <= Now ? InstanceSet.Empty : item.Avoided;
            Coverage.Add(Seen.Preemption, preempted);
            Coverage.Add(preempted ? Seen.PreemptedWhileAvoiding : Seen.DeferredWhileAvoiding, !item.Avoided.IsEmpty);
        }
        else
        {
            FollowFailure(item);
        }
    }

    private void Evict(LedgerItem item, EndReason reason)
    {
        if (item.State == ItemState.Closing)
        {
            // Its caller has the end; the upstream still has its call.
            item.Ends++;
            item.IsOver = true;
            Coverage.AddClosing(reason);
            return;
        }

        End(item);
    }

    private void End(LedgerItem item)
    {
        item.Ends += item.IsOver ? 0 : 1;
        item.State = ItemState.Done;
        Live.Remove(item);
    }
}
