namespace Gateway.Tests.Dispatching.Model;

/// <summary>States worth reaching. A property that never reaches them proves nothing, so they are counted and asserted.</summary>
internal enum Seen
{
    Step, Grant, Preemption, LateCommit, CommitBeatsRevoke, CommitBeatsRevokeButGone, Immune, Leak, LeakEnded, HeldSlot, Cooling, Retry, Wake,
    GoneQueued, GoneSleeping, GoneRunning, GoneRevoking, GoneClosing, GoneDone, GateClosed, LimitBelowUse, Drain, DrainExpired,
    ClosingGone, ClosingDrained, ClosingExpired, ClosingPastDeadline,
    StarvedGrant, SeveralRevokesInOneStep,
    QueueFull, QueueBytesFull, NoInstance, RejectedOrEvictedByDrain, Expired, DeadlineExceeded, RetryBudgetSpent,
}
