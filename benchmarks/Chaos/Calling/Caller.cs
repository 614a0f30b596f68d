using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Chaos.Processes;

namespace Chaos.Calling;

/// <summary>Callers of a gateway, who look closely at what they get.</summary>
internal sealed class Caller(GatewayServer gateway) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5) }) { Timeout = Patience };

    public async Task<Reply> ChatAsync(ChatCall call, CancellationToken stop)
    {
        long started = TimeProvider.System.GetTimestamp();
        try
        {
            using HttpRequestMessage request = Request(call);
            using HttpResponseMessage answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            string text = await answer.Content.ReadAsStringAsync(stop);
            long at = TimeProvider.System.GetTimestamp();
            TimeSpan took = TimeProvider.System.GetElapsedTime(started, at);
            bool isGood = answer.StatusCode == HttpStatusCode.OK;
            // What comes from a cache is somebody's earlier answer, and says whose.
            bool isForeign = isGood && !call.IsCacheable && First(answer.Headers, "x-sim-nonce") != call.Id;
            bool isWhole = isGood && !isForeign && (call.IsStream ? text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal) : text.EndsWith('}'));
            double queue = double.TryParse(First(answer.Headers, "x-gateway-queue-ms"), CultureInfo.InvariantCulture, out double waited) ? waited : 0;
            return new Reply(call.Id, (int)answer.StatusCode, isGood ? StreamError(text) : ErrorCode(text), took, at, queue, isWhole, isForeign);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            long at = TimeProvider.System.GetTimestamp();
            return new Reply(call.Id, 0, e is OperationCanceledException ? "timeout" : "broken", TimeProvider.System.GetElapsedTime(started, at), at, 0, IsWhole: false, IsForeign: false);
        }
    }

    /// <summary>Leaves after some time, as impatient callers do; nothing is known of the answer.</summary>
    public async Task LeaveAsync(ChatCall call, TimeSpan after, CancellationToken stop)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(stop);
        leaving.CancelAfter(after);
        try
        {
            await ChatAsync(call, leaving.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
        }
    }

    public void Dispose() => _client.Dispose();

    public static string Body(ChatCall call)
    {
        string prompt = string.Concat(Canaries.Prompt, " ", call.Subject, " ").PadRight(call.PromptLength, 'x');
        string cache = call.IsCacheable ? ""","temperature":0,"seed":1""" : "";
        string stream = call.IsStream ? ""","stream":true""" : "";
        return $$"""{"model":"gpt-4o","max_tokens":{{Text(Math.Max(64, call.Tokens))}}{{cache}}{{stream}},"messages":[{"role":"user","content":"{{prompt}}"}]}""";
    }

    /// <summary>The simulator's knobs of a call.</summary>
    public static IEnumerable<(string Name, string Value)> Knobs(ChatCall call)
    {
        yield return ("x-sim-nonce", call.Id);
        yield return ("x-sim-tokens", Text(call.Tokens));
        yield return ("x-sim-ttft-ms", Text(call.TtftMs));
        yield return ("x-sim-tps", Text(call.Pace));
        if (call.Fail is not null)
            yield return ("x-sim-fail", call.Fail);
        if (call.Status is { } status)
            yield return ("x-sim-status", Text(status));
    }

    private HttpRequestMessage Request(ChatCall call)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, gateway.At(call.Tier, "/v1/chat/completions"))
        {
            Content = new StringContent(Body(call), Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Canaries.Client);
        request.Headers.Add("x-request-id", call.Id);
        foreach ((string name, string value) in Knobs(call))
            request.Headers.Add(name, value);
        return request;
    }

    private static string First(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : "";

    private static string StreamError(string text) => text.Contains("\"code\":\"draining\"", StringComparison.Ordinal) ? "draining" : "";

    private static string ErrorCode(string text)
    {
        try
        {
            JsonElement error = JsonElement.Parse(text).GetProperty("error");
            return error.TryGetProperty("code", out JsonElement code) ? code.ToString() : "";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "not an error body";
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
