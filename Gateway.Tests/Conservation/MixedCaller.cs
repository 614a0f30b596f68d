using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using UpstreamSimulator;

namespace Gateway.Tests.Conservation;

/// <summary>Makes the calls of a mix, many at a time, and keeps what their callers saw.</summary>
internal sealed class MixedCaller(Func<int, Uri> gateway) : IDisposable
{
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _leaveAtWork = new();
    private readonly ConcurrentDictionary<string, bool> _seenAtWork = new();

    /// <summary>Who leaves an answer leaves at once, instead of reading on for a while to keep the connection.</summary>
    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxResponseDrainSize = 0, ResponseDrainTimeout = TimeSpan.Zero, UseProxy = false, UseCookies = false })
    {
        Timeout = Rig.Guard,
    };

    public ConcurrentBag<CallersView> Views { get; } = [];

    /// <summary>Callers that leave when the upstream has their request hear of it here.</summary>
    public void Watch(SimulatorHost upstream) => upstream.Respond(context =>
    {
        string id = context.Request.Headers["x-sim-nonce"].ToString();
        if (_leaveAtWork.TryGetValue(id, out CancellationTokenSource? leave))
        {
            _seenAtWork[id] = true;
            _ = leave.CancelAsync();
        }

        return Task.FromResult(false);
    });

    public Task RunAsync(IEnumerable<MixedCall> calls, int atOnce) =>
        Parallel.ForEachAsync(calls, new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = Rig.Cancel }, async (call, _) => await MakeAsync(call));

    public void Dispose() => _client.Dispose();

    private async Task MakeAsync(MixedCall call)
    {
        using CancellationTokenSource leave = call.Leaves == Departure.Anytime
            ? new CancellationTokenSource(call.LeavesAfter, TimeProvider.System)
            : new CancellationTokenSource();
        if (call.Leaves == Departure.Working)
        {
            _leaveAtWork[call.Id] = leave;
        }

        int? status = null, attempts = null;
        (long, long)? usage = null;
        string? nonce = null;
        bool isWhole = false;
        try
        {
            using HttpResponseMessage answer = await _client.SendAsync(RequestOf(call), HttpCompletionOption.ResponseHeadersRead, leave.Token);
            status = (int)answer.StatusCode;
            attempts = int.TryParse(answer.Header("x-gateway-attempts"), CultureInfo.InvariantCulture, out int number) ? number : null;
            nonce = answer.Header("x-sim-nonce") is { Length: > 0 } name ? name : null;
            if (call.Leaves == Departure.FirstBytes && answer.IsSuccessStatusCode)
            {
                await using Stream body = await answer.Content.ReadAsStreamAsync(leave.Token);
                await body.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, leave.Token);
            }
            else
            {
                string text = await answer.Content.ReadAsStringAsync(leave.Token);
                usage = UsageIn(text);
                isWhole = true;
            }
        }
        catch (Exception e) when (e is OperationCanceledException && leave.IsCancellationRequested || e is HttpRequestException or IOException)
        {
            // Left, or broken off by the upstream: the view says how far it came.
        }
        finally
        {
            _leaveAtWork.TryRemove(call.Id, out _);
        }

        // An answer that breaks off before its head is one, too: only who leaves by themselves may have left too early.
        bool hasArrived = status is not null || _seenAtWork.ContainsKey(call.Id) || call.Leaves != Departure.Anytime;
        Views.Add(new CallersView(call, status, isWhole, hasArrived, attempts, nonce, usage));
    }

    private HttpRequestMessage RequestOf(MixedCall call)
    {
        var request = new HttpRequestMessage(call.Method, new Uri(gateway(call.Tier), call.Path))
        {
            Content = call.Body is null ? null : new StringContent(call.Body, Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + call.Key);
        request.Headers.TryAddWithoutValidation("x-request-id", call.Id);
        request.Headers.TryAddWithoutValidation("x-sim-nonce", call.Id);
        foreach (string knob in call.Knobs)
        {
            int equals = knob.IndexOf('=', StringComparison.Ordinal);
            request.Headers.TryAddWithoutValidation("x-sim-" + knob[..equals], knob[(equals + 1)..]);
        }

        return request;
    }

    /// <summary>The last one: a stream of responses tells it in its last event.</summary>
    private static (long Input, long Output)? UsageIn(string text)
    {
        const string name = "\"usage\":";
        int at = text.LastIndexOf(name + "{", StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text[(at + name.Length)..]));
        JsonElement usage = JsonElement.ParseValue(ref reader);
        return (Tokens(usage, "prompt_tokens", "input_tokens"), Tokens(usage, "completion_tokens", "output_tokens"));
    }

    private static long Tokens(JsonElement usage, params string[] names) =>
        names.Sum(name => usage.TryGetProperty(name, out JsonElement tokens) ? tokens.GetInt64() : 0);
}
