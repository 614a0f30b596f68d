namespace UpstreamSimulator;

/// <summary>The counters of one model at one instant.</summary>
/// <param name="Live">Calls being served now.</param>
/// <param name="Started">Calls that named the model.</param>
/// <param name="Completed">Calls whose whole answer was produced.</param>
/// <param name="Aborted">Calls whose client closed the connection first.</param>
/// <param name="BillableStarts">Calls for which generation started.</param>
/// <param name="TokensOut">Tokens generated.</param>
public sealed record ModelSnapshot(int Live, long Started, long Completed, long Aborted, long BillableStarts, long TokensOut);
