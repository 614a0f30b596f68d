using Demo.Calling;
using Demo.Hosting;
using UpstreamSimulator;

namespace Demo.Observing;

/// <summary>Reads the three sources: the callers, the server's list of calls, and the scheduler.</summary>
internal sealed class Observer(GatewayUnderShow gateway, IReadOnlyList<Caller> callers, ShowClock clock)
{
    public async Task<Timeline> ReadAsync()
    {
        ILookup<string, CallRecord> calls = gateway.Simulator.Calls.ToLookup(static call => call.Nonce);
        Row[] rows = [.. callers.Select(caller => new Row(caller.Request, caller.View, [.. calls[caller.Request.Name].Select(Read)]))];
        return new Timeline(clock.Now, rows, await gateway.Scheduler.SnapshotAsync());
    }

    private ServerCall Read(CallRecord call) => new(
        clock.Of(call.ArrivedTimestamp),
        call.EndedTimestamp is { } ended ? clock.Of(ended) : null,
        call.Outcome == CallOutcome.Aborted);
}
