using System.Net;

namespace Load.Driver.Observing;

/// <summary>Who looks at an observed gateway during a round: a Prometheus that scrapes every second, and one open dashboard.</summary>
internal sealed class Audience : IAsyncDisposable
{
    // Fifteen times as often as Prometheus does by default, so that rounds of a few seconds have some in them.
    private static readonly TimeSpan ScrapeInterval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _leave;
    private readonly HttpClient _client;
    private readonly Task _watching;
    private int _scrapes;
    private int _frames;
    private string? _failure;

    private Audience(IPEndPoint gateway, CancellationToken stop)
    {
        _leave = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _client = new HttpClient { BaseAddress = new Uri($"http://{gateway}") };
        _watching = Task.WhenAll(WatchAsync(ScrapeAsync), WatchAsync(FollowDashboardAsync));
    }

    public static Audience Of(IPEndPoint gateway, CancellationToken stop) => new(gateway, stop);

    /// <summary>What it could not see; null when it saw everything. To be asked at the end of a round.</summary>
    public string? Complaint => _failure
        ?? (Volatile.Read(ref _scrapes) == 0 ? "/metrics was never scraped" : Volatile.Read(ref _frames) == 0 ? "the dashboard showed nothing" : null);

    public async ValueTask DisposeAsync()
    {
        await _leave.CancelAsync();
        await _watching;
        _client.Dispose();
        _leave.Dispose();
    }

    private async Task WatchAsync(Func<CancellationToken, Task> look)
    {
        try
        {
            await look(_leave.Token);
        }
        catch (OperationCanceledException) when (_leave.IsCancellationRequested)
        {
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            _failure = error.Message;
        }
    }

    private async Task ScrapeAsync(CancellationToken leave)
    {
        using var timer = new PeriodicTimer(ScrapeInterval, TimeProvider.System);
        do
        {
            await _client.GetByteArrayAsync("/metrics", leave);
            Interlocked.Increment(ref _scrapes);
        }
        while (await timer.WaitForNextTickAsync(leave));
    }

    private async Task FollowDashboardAsync(CancellationToken leave)
    {
        await using Stream events = await _client.GetStreamAsync("/dashboard/events", leave);
        byte[] buffer = new byte[64 * 1024];
        while (await events.ReadAsync(buffer, leave) > 0)
            Interlocked.Increment(ref _frames);
        throw new IOException("the dashboard's stream of events ended");
    }
}
