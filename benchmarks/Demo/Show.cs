using Demo.Calling;
using Demo.Drawing;
using Demo.Hosting;
using Demo.Observing;
using Demo.Scripting;
using Demo.Summing;
using Gateway.Recording;
using UpstreamSimulator;

namespace Demo;

/// <summary>The whole evening: starts everything, lets the callers call, shows it, and judges it.</summary>
internal sealed class Show(DemoArguments arguments, TextWriter output, TimeProvider time)
{
    // With the start and the end, well within half a minute. An undisturbed run takes 12 s.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(22);
    private static readonly TimeSpan FrameTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RecordLimit = TimeSpan.FromSeconds(1);

    /// <summary>Returns what was missing.</summary>
    /// <exception cref="OperationCanceledException">The user stopped it.</exception>
    public async Task<Verdict> RunAsync(CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        await using GatewayUnderShow gateway = await GatewayUnderShow.StartAsync(arguments.Slots, time);
        await WarmUp.RunAsync(gateway, http, new ShowClock(time), stop);

        var clock = new ShowClock(time);
        Caller[] callers = [.. Screenplay.Requests.Select(request => new Caller(request, gateway.Port(request.Tier), http, clock))];
        var observer = new Observer(gateway, callers, clock);
        Timeline last = await PerformAsync(callers, observer, stop);
        await gateway.Records.Complete.WaitAsync(RecordLimit, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
        return await JudgeAsync(last, gateway, stop);
    }

    private async Task<Timeline> PerformAsync(Caller[] callers, Observer observer, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        using IScreen screen = Screens.Open(output, arguments.Slots);
        var all = Task.WhenAll(callers.Select(caller => caller.RunAsync(either.Token)));
        using var frames = new PeriodicTimer(FrameTime, time);
        while (!all.IsCompleted)
        {
            screen.Show(await observer.ReadAsync());
            await frames.WaitForNextTickAsync(CancellationToken.None);
        }

        await all;
        stop.ThrowIfCancellationRequested();
        Timeline last = await observer.ReadAsync();
        screen.End(last);
        return last;
    }

    private async Task<Verdict> JudgeAsync(Timeline timeline, GatewayUnderShow gateway, CancellationToken stop)
    {
        StatsSnapshot server = gateway.Simulator.Stats;
        Dictionary<string, AccessRecord> records = timeline.Rows
            .Select(row => gateway.Records.Find(row.Request.Name))
            .OfType<AccessRecord>()
            .ToDictionary(static record => record.RequestId);
        foreach (string line in new Summary(timeline, records, server, arguments.Slots).Lines())
        {
            await output.WriteLineAsync(line);
        }

        var verdict = Verdict.Of(timeline, records, server, arguments.Slots);
        if (verdict.IsGood && arguments.SvgFile is { } file)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            await File.WriteAllTextAsync(file, SvgPicture.Of(timeline, arguments.Slots), stop);
        }

        return verdict;
    }
}
