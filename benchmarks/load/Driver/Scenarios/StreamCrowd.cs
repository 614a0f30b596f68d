using System.Net;
using Load.Driver.Http;

namespace Load.Driver.Scenarios;

/// <summary>Many streams, one per connection, opened gradually and then all open at once until the upstream ends them.</summary>
internal sealed class StreamCrowd(ReadOnlyMemory<byte> request, int streams, int minimumEvents, IPEndPoint endpoint)
{
    // More handshakes at once would overrun accept queues, and the repeated SYN would be measured instead of the streams.
    private const int OpeningAtOnce = 128;
    private const int BufferBytes = 2 * 1024;
    private readonly LoadConnection?[] _connections = new LoadConnection?[streams];
    private int _live;
    private int _completed;
    private string? _firstError;

    /// <summary>Streams whose head has come and whose end has not.</summary>
    public int Live => Volatile.Read(ref _live);

    public int Completed => Volatile.Read(ref _completed);

    public int Errors => streams - Completed;

    public string? FirstError => _firstError;

    public async Task RunAsync(TimeSpan limit, CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(limit, TimeProvider.System);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        using var opening = new SemaphoreSlim(OpeningAtOnce);
        await using CancellationTokenRegistration closing = end.Token.Register(CloseAll);
        await Task.WhenAll(Enumerable.Range(0, streams).Select(slot => StreamAsync(slot, opening, end.Token)));
        stop.ThrowIfCancellationRequested();
    }

    private async Task StreamAsync(int slot, SemaphoreSlim opening, CancellationToken end)
    {
        bool isOpening = false;
        bool isLive = false;
        try
        {
            await opening.WaitAsync(end);
            isOpening = true;
            using LoadConnection connection = await LoadConnection.OpenAsync(endpoint, BufferBytes, end);
            _connections[slot] = connection;
            Answer answer = await connection.ExchangeAsync(request, onHead: () =>
            {
                isOpening = false;
                isLive = true;
                Interlocked.Increment(ref _live);
                opening.Release();
            });
            Expectation.Check(answer, minimumEvents);
            Interlocked.Increment(ref _completed);
        }
        catch (Exception error) when (Expectation.IsFailure(error))
        {
            Interlocked.CompareExchange(ref _firstError, error.Message, null);
        }
        finally
        {
            if (isOpening)
                opening.Release();
            if (isLive)
                Interlocked.Decrement(ref _live);
        }
    }

    private void CloseAll()
    {
        foreach (LoadConnection? connection in _connections)
            connection?.Dispose();
    }
}
