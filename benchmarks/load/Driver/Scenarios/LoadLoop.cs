using System.Net;
using Load.Driver.Http;

namespace Load.Driver.Scenarios;

/// <summary>
/// Sends a fixed number of requests, so that CPU time divides by an exact number. A closed loop, in which each connection sends its next request when
/// the answer to the last one is whole, unless the plan has a pace. A request is never repeated: what fails is an error.
/// </summary>
internal sealed class LoadLoop
{
    private const int BufferBytes = 16 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly LoadPlan _plan;
    private readonly IPEndPoint _endpoint;
    private readonly LoadConnection?[] _connections;
    private readonly TimeSpan[] _latencies;
    private long _begin;
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

        _begin = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, _plan.Connections).Select(slot => Task.Run(() => WorkAsync(slot, end.Token), CancellationToken.None)));
        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(_begin);

        CloseAll();
        stop.ThrowIfCancellationRequested();
        TimeSpan[] latencies = _latencies[.._completed];
        Array.Sort(latencies);
        return new LoadResult(_completed, _plan.Requests - _completed, _firstError, _events, _reads, elapsed, latencies);
    }

    private async Task WorkAsync(int slot, CancellationToken end)
    {
        int number;
        while (!end.IsCancellationRequested && (number = Interlocked.Increment(ref _taken)) <= _plan.Requests)
        {
            try
            {
                LoadConnection connection = _connections[slot] ??= await LoadConnection.OpenAsync(_endpoint, BufferBytes, end);
                long start = await TurnAsync(number, end);
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

    /// <summary>
    /// Waits until it is the request's turn. Its time counts from when it was due, if no connection was free then: what waits behind a slow answer is
    /// slow too. It does not count what the wait itself was too long, which is this process's doing.
    /// </summary>
    private async Task<long> TurnAsync(int number, CancellationToken end)
    {
        long now = TimeProvider.System.GetTimestamp();
        if (_plan.PerSecond == 0)
            return now;
        long due = _begin + (number * TimeProvider.System.TimestampFrequency / _plan.PerSecond);
        if (due <= now)
            return due;
        await Task.Delay(TimeProvider.System.GetElapsedTime(now, due), TimeProvider.System, end);
        return TimeProvider.System.GetTimestamp();
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
