using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using UpstreamSimulator.Answering;
using UpstreamSimulator.Counting;
using UpstreamSimulator.Recording;

namespace UpstreamSimulator;

/// <summary>A running simulator.</summary>
public sealed class SimulatorHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SimulatorStats _stats;
    private readonly RequestRecorder _recorder;
    private readonly ScriptedAnswers _scripts;
    private readonly RequestHandler _handler;

    internal SimulatorHost(WebApplication app, SimulatorStats stats, RequestRecorder recorder, ScriptedAnswers scripts, RequestHandler handler) =>
        (_app, _stats, _recorder, _scripts, _handler) = (app, stats, recorder, scripts, handler);

    /// <summary>Where it listens, e.g. <c>http://127.0.0.1:9900/</c>, without a provider's prefix.</summary>
    public Uri BaseAddress =>
        new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());

    /// <summary>The counters now.</summary>
    public StatsSnapshot Stats => _stats.Snapshot();

    /// <summary>The calls since the last reset, live ones too, in order of arrival.</summary>
    public IReadOnlyList<CallRecord> Calls => _stats.Calls();

    /// <summary>The requests since the last reset, in order of arrival.</summary>
    public IReadOnlyList<RecordedRequest> Requests => _recorder.Requests();

    /// <summary>
    /// Completes as soon as the counters meet a condition; every state they pass through is looked at, however short. The condition
    /// runs under the counters' lock: it must only look at the snapshot.
    /// </summary>
    /// <exception cref="TimeoutException">The condition was not met in time; the message shows the counters.</exception>
    public Task WaitUntil(Func<StatsSnapshot, bool> condition, TimeSpan timeout) => _stats.WaitUntil(condition, timeout);

    /// <summary>
    /// Takes answers over. A script that returns true has answered; the newest is asked first. The call is counted as always, see
    /// <see cref="SimulatorCallExtensions.EndCall"/>.
    /// </summary>
    /// <param name="script">Answers the request, or returns false.</param>
    /// <param name="beforeBody">Asked before the body is read, which the script may then read slowly, partly or not at all.</param>
    public void Respond(Func<HttpContext, Task<bool>> script, bool beforeBody = false) => _scripts.Add(script, beforeBody);

    /// <summary>Starts the counters over and forgets scripts, requests and calls. What is live stays live.</summary>
    public void Reset()
    {
        _stats.Reset();
        _recorder.Clear();
        _scripts.Clear();
        _handler.Reset();
    }

    /// <summary>Completes when the process is asked to stop.</summary>
    public Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    /// <summary>Stops at once: open connections are cut.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }
}
