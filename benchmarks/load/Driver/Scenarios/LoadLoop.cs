using System.Net;
using Load.Driver.Http;

namespace Load.Driver.Scenarios;

/// <summary>
/// A closed loop: each connection sends its next request when the answer to the last one is whole, until the fixed number of requests is used up,
/// so that CPU time divides by an exact number. A request is never repeated: what fails is an error.
/// </summary>
internal sealed class LoadLoop
{
    private const int BufferBytes = 16 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly LoadPlan _plan;
    private readonly IPEndPoint _endpoint;
    private readonly LoadConnection?[] _connections;
    private readonly TimeSpan[] _latencies;
    private int _taken;
    private int _completed;
    private long _events;
    private long _reads;
    private string? _firstError;

    private LoadLoop(LoadPlan plan, IPEndPoint endpoint)
    {
        _plan = plan;
        _endpoint = endpoint;
        _connections = new LoadConnection?[plan.Connections];
        _latencies = new TimeSpan[plan.Requests];
    }

    public static Task<LoadResult> RunAsync(LoadPlan plan, IPEndPoint endpoint, CancellationToken stop) =>
        new LoadLoop(plan, endpoint).RunAsync(stop);

    private async Task<LoadResult> RunAsync(CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(Limit, TimeProvider.System);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        await using CancellationTokenRegistration closing = end.Token.Register(CloseAll);

        long start = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, _plan.Connections).Select(slot => Task.Run(() => WorkAsync(slot, end.Token), CancellationToken.None)));
        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(start);

        CloseAll();
        stop.ThrowIfCancellationRequested();
        TimeSpan[] latencies = _latencies[.._completed];
        Array.Sort(latencies);
        return new LoadResult(_completed, _plan.Requests - _completed, _firstError, _events, _reads, elapsed, latencies);
    }

    private async Task WorkAsync(int slot, CancellationToken end)
    {
        while (!end.IsCancellationRequested && Interlocked.Increment(ref _taken) <= _plan.Requests)
        {
            try
            {
                LoadConnection connection = _connections[slot] ??= await LoadConnection.OpenAsync(_endpoint, BufferBytes, end);
                long start = TimeProvider.System.GetTimestamp();
                Answer answer = await connection.ExchangeAsync(_plan.Request);
                TimeSpan latency = TimeProvider.System.GetElapsedTime(start);
                Expectation.Check(answer, _plan.MinimumEvents);
                Count(answer, latency);
                if (!answer.KeepAlive)
                    Close(slot);
            }
            catch (Exception error) when (Expectation.IsFailure(error))
            {
                Interlocked.CompareExchange(ref _firstError, error.Message, null);
                Close(slot);
            }
        }
    }

    private void Count(Answer answer, TimeSpan latency)
    {
        _latencies[Interlocked.Increment(ref _completed) - 1] = latency;
        Interlocked.Add(ref _events, answer.Events);
        Interlocked.Add(ref _reads, answer.Reads);
    }

    private void Close(int slot)
    {
        _connections[slot]?.Dispose();
        _connections[slot] = null;
    }

    private void CloseAll()
    {
        foreach (LoadConnection? connection in _connections)
            connection?.Dispose();
    }
}
