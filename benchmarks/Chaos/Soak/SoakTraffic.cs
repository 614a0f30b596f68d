using Chaos.Calling;
using Chaos.Processes;

namespace Chaos.Soak;

/// <summary>Callers of every kind, at a pace that leaves the machine room; they can be asked to hold their breath.</summary>
internal sealed class SoakTraffic(GatewayServer gateway, int seed) : IDisposable
{
    private const int Callers = 12;
    private const int Subjects = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly Caller _caller = new(gateway);
    private readonly Tally _tally = new();
    private int _busy;
    private int _next;
    private volatile bool _isHeld;

    public int Calls => _next;

    public Tally Tally => _tally;

    /// <summary>Goes on until it is stopped.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Callers).Select(number => Task.Run(() => CallAsync(number, stop), CancellationToken.None)));

    /// <summary>Nobody calls from the time this returns until <see cref="Resume"/>.</summary>
    public async Task HoldAsync(CancellationToken stop)
    {
        _isHeld = true;
        while (Volatile.Read(ref _busy) > 0)
            await State.PassAsync(Pause, stop);
    }

    public void Resume() => _isHeld = false;

    public void Dispose() => _caller.Dispose();

    private async Task CallAsync(int number, CancellationToken stop)
    {
        var random = new Random(seed + number);
        try
        {
            while (true)
            {
                await State.PassAsync(Pause * (1 + random.NextDouble()), stop);
                Interlocked.Increment(ref _busy);
                try
                {
                    if (!_isHeld)
                        await OneAsync(random, stop);
                }
                finally
                {
                    Interlocked.Decrement(ref _busy);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private async Task OneAsync(Random random, CancellationToken stop)
    {
        var call = new ChatCall($"soak-{Interlocked.Increment(ref _next)}") { Tier = random.Next(1, 4), TtftMs = random.Next(10), Tokens = random.Next(1, 12) };
        switch (random.Next(20))
        {
            case < 4:
                await KeepAsync(call with { IsStream = true, Tokens = 40, Pace = 800 }, stop);
                break;
            case < 8:
                await KeepAsync(call with { IsCacheable = true, Subject = $"subject {random.Next(Subjects)}" }, stop);
                break;
            case < 11:
                await _caller.LeaveAsync(call with { IsStream = random.Next(2) == 0, TtftMs = 60, Tokens = 40, Pace = 400 }, TimeSpan.FromMilliseconds(random.Next(1, 120)), stop);
                break;
            case 11:
                await KeepAsync(call with { Status = random.Next(2) == 0 ? 503 : 400 }, stop);
                break;
            case 12:
                await KeepAsync(call with { Fail = random.Next(2) == 0 ? "reset-before-headers" : "reset-after:1", IsStream = true }, stop);
                break;
            case 13:
                await KeepAsync(call with { PromptLength = random.Next(100_000, 1_000_000) }, stop);
                break;
            case 14:
                await gateway.StatusAsync($"/v1/unknown-{random.Next()}", stop);
                break;
            default:
                await KeepAsync(call, stop);
                break;
        }
    }

    private async Task KeepAsync(ChatCall call, CancellationToken stop) => _tally.Add(await _caller.ChatAsync(call, stop));
}
