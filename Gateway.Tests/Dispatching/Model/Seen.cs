namespace Gateway.Tests.Dispatching.Model;

/// <summary>States worth reaching. A property that never reaches them proves nothing, so they are counted and asserted.</summary>
internal enum Seen
{
    Step, Grant, Preemption, LateCommit, CommitBeatsRevoke, CommitBeatsRevokeButGone, Immune, Leak, LeakEnded, HeldSlot, Cooling, Retry, Wake,
    GoneQueued, GoneSleeping, GoneRunning, GoneRevoking, GoneClosing, GoneDone, GateClosed, LimitBelowUse, Drain, DrainExpired,
    ClosingGone, ClosingDrained, ClosingExpired, ClosingPastDeadline,
    StarvedGrant, SeveralRevokesInOneStep,
    Failover, FailoverForGood, FreeFailover, SeveralFailed, Widened, PreemptedWhileAvoiding, EvictedForTheDead, EvictedForTheDeadAsleep,
    Paused, PausedWaits, PauseLiftedByDrain, RemovedSleeping,
    PromotedWaiting, PromotedSleeping, PromotedRunning, PromotedVictim, PromotedOutOfReach,
    ReroutedWaiting, ReroutedAsleep, ReroutedRunning,
    PickByPriority, PickByWeight, PickInTurn, PickByScore, RetriesSpent, Removed, ClosingForTheDead, ClosingSpent,
    QueueFull, QueueBytesFull, NoInstance, RejectedOrEvictedByDrain, Expired, DeadlineExceeded, RetryBudgetSpent,
    WindowClosed, WindowOpened, WindowClosedToOthers, Probe, ScarceStill, ScarceNoMore,
    Deferred, DeferredAtFirst, DeferredThoughRevoked, DeferredInVain, DeferredWhileAvoiding, DeferredHeld,
    PaidRetry, PaidAgain, PaidByEarnings, BudgetRefilled, SavedUpToTheMost,
}
