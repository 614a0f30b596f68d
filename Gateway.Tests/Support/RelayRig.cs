using Gateway.Configuration;
using Gateway.Forwarding;
using Gateway.Listeners;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Recording;
using Gateway.Tokenization;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>The relay of event streams alone: bytes in, bytes out, without a server around it.</summary>
internal sealed class RelayRig : IAsyncDisposable
{
    private static readonly TierPolicy Policy = new() { Priority = 1 };

    private readonly ManualTimeProvider _time = new();
    private readonly TokenEstimator _tokens = new();
    private readonly SegmentPool _segments = new(TimeProvider.System);
    private readonly Scheduler _scheduler;

    public RelayRig() => _scheduler = new Scheduler(new SchedulerOptions { Tiers = [Policy], InstanceLimits = [1] }, _time);

    /// <summary>Relays one stream to its end.</summary>
    /// <param name="from">The upstream.</param>
    /// <param name="to">The caller.</param>
    /// <param name="isPreemptible">What comes before the content is held back.</param>
    /// <param name="hidesUsage">The usage's event does not pass.</param>
    public async Task<(RelayEnd End, AccessRecord Record)> RelayAsync(Stream from, Stream to, bool isPreemptible = false, bool hidesUsage = false)
    {
        await using var body = new RequestBody(_segments);
        var context = new DefaultHttpContext { Response = { Body = to } };
        var exchange = new Exchange(new Listener(0, 8080, "8080", Policy), Records.New())
        {
            Request = new ApiRequest("/chat/completions", "", body, RequestFacts.None),
        };
        var attempt = new Attempt(_scheduler, new WorkItem(Policy, InstanceSet.Of(0)), number: 1, instance: 0, isPreemptible, isProbe: false);
        using var clock = new AttemptClock(attempt, _time, new TimeoutOptions(), TimeSpan.FromMinutes(5), arrived: 0);
        using var answer = new HttpResponseMessage { Content = new ByteArrayContent([]) };
        answer.Content.Headers.TryAddWithoutValidation("Content-Type", "text/event-stream");
        var tally = new AnswerTally(exchange, answer, _tokens, needsUsage: true);
        RelayEnd end = await new SseRelay(context, exchange, attempt, clock, tally, editor: null, hidesUsage).RunAsync(answer, from);
        await context.Response.BodyWriter.CompleteAsync();
        Assert.True(tally.IsWhole || end != RelayEnd.Complete, "complete and not whole");
        return (end, exchange.Record);
    }

    public async ValueTask DisposeAsync()
    {
        _segments.Dispose();
        await _scheduler.DisposeAsync();
    }
}
