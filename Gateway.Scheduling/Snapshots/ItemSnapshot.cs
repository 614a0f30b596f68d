namespace Gateway.Scheduling;

/// <summary>One live item between two steps.</summary>
/// <param name="Sequence">Its order of arrival.</param>
/// <param name="Priority">Its tier.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Age">Time since its arrival.</param>
/// <param name="RunningFor">Time since its running attempt began; zero when it holds no slot.</param>
/// <param name="Position">Place among all waiting items, from 1; 0 when it does not wait in a lane.</param>
/// <param name="EstimatedWait">Estimated time until it starts; zero when it does not wait in a lane.</param>
/// <param name="Attempts">Attempts started.</param>
/// <param name="Preemptions">Attempts interrupted.</param>
/// <param name="PreemptedBy">Priority of the tier that the last interrupted attempt gave way to; null when none was.</param>
/// <param name="Retries">How often it was tried again after a failure.</param>
/// <param name="Instance">Instance of the running attempt; -1 when it holds no slot.</param>
/// <param name="Committed">Content of the running attempt reached the caller.</param>
/// <param name="Tag">What its submitter attached.</param>
public sealed record ItemSnapshot(
    long Sequence, int Priority, ItemState State, TimeSpan Age, TimeSpan RunningFor, int Position, TimeSpan EstimatedWait,
    int Attempts, int Preemptions, int? PreemptedBy, int Retries, int Instance, bool Committed, object? Tag);
