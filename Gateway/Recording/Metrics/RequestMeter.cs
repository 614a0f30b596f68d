using System.Diagnostics.Metrics;
using System.Globalization;
using Gateway.Listeners;
using Gateway.Requests;

namespace Gateway.Recording.Metrics;

/// <summary>
/// Turns finished access records into metrics. Every label is from a closed set; <c>docs/metrics.md</c> says which, and what each metric
/// means.
/// </summary>
internal sealed class RequestMeter : IAccessSink
{
    /// <summary>Routes, ports, statuses and outcomes can meet in more ways than anybody wants to store: further ones do without their route.</summary>
    public const int MaxRequestSeries = 400;

    /// <summary>Of those, for requests that were refused before anybody knew whose they are: who has no key must not use up the routes of those who have one.</summary>
    public const int MaxStrangerSeries = 100;

    private readonly ModelLabel _models;
    private readonly CallMeter _calls;

    private readonly CounterSeries<(int Tier, string Endpoint, string Code, Outcome Outcome)> _requests = new(static key =>
        [Tier(key.Tier), new("endpoint", key.Endpoint), new("code", key.Code), new("outcome", OutcomeLabel.Of(key.Outcome))]);

    private readonly CounterSeries<string> _endpointTicks = new(static endpoint => [new("endpoint", endpoint)]);
    private readonly CounterSeries<(string Model, int Tier, bool IsOutput)> _tokens = new(static key => [new("model", key.Model), TokenType(key.IsOutput), Tier(key.Tier)]);
    private readonly CounterSeries<(string Model, string Class)> _modelRequests = new(static key => [new("model", key.Model), new("class", key.Class)]);
    private readonly CounterSeries<string> _modelTicks = new(static model => [new("model", model)]);
    private readonly CounterSeries<(int Tier, string Limit)> _limited = new(static key => [Tier(key.Tier), new("limit", key.Limit)]);
    private readonly CounterSeries<CacheState> _cache = new(static state => [new("result", OutcomeLabel.Of(state))]);
    private readonly HistogramSeries<(string Operation, int Tier)> _duration;
    private readonly HistogramSeries<int> _firstToken;
    private readonly HistogramSeries<int> _perToken;
    private readonly HistogramSeries<int> _wait;
    private readonly HistogramSeries<(bool IsOutput, int Tier)> _usage;

    public RequestMeter(GatewayMeter gateway, ModelLabel models)
    {
        _models = models;
        Meter meter = gateway.Meter;
        _calls = new CallMeter(meter);
        meter.CreateObservableCounter("gateway.requests", _requests.Read, "{request}", "Finished requests.");
        meter.CreateObservableCounter("gateway.endpoint.seconds", _endpointTicks.ReadSeconds, "s", "Time that finished requests took, summed.");
        meter.CreateObservableCounter("gateway.tokens", _tokens.Read, "{token}", "Tokens of finished requests.");
        meter.CreateObservableCounter("gateway.model.requests", _modelRequests.Read, "{request}", "Finished requests of the API by model.");
        meter.CreateObservableCounter("gateway.model.seconds", _modelTicks.ReadSeconds, "s", "Time that finished requests took, summed, by model.");
        meter.CreateObservableCounter("gateway.rate_limited", _limited.Read, "{request}", "Requests refused for a limit.");
        meter.CreateObservableCounter("gateway.cache.lookups", _cache.Read, "{lookup}", "What the cache did for requests.");
        _duration = new(
            meter.CreateHistogram("gen_ai.server.request.duration", "s", "Duration of API requests, from arrival to the last byte.", null, Buckets.Duration),
            static key => [new("gen_ai.operation.name", key.Operation), Tier(key.Tier)]);
        _firstToken = new(
            meter.CreateHistogram("gen_ai.server.time_to_first_token", "s", "Arrival to the first content handed to the caller, of streams.", null, Buckets.FirstToken),
            static tier => [Tier(tier)]);
        _perToken = new(
            meter.CreateHistogram("gen_ai.server.time_per_output_token", "s", "Mean time between the tokens of a stream.", null, Buckets.PerToken),
            static tier => [Tier(tier)]);
        _wait = new(
            meter.CreateHistogram("gateway.queue.wait", "s", "Time that API requests waited for slots.", null, Buckets.Wait), static tier => [Tier(tier)]);
        _usage = new(
            meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens per request.", null, Buckets.Tokens),
            static key => [TokenType(key.IsOutput), Tier(key.Tier)]);
    }

    public void Write(AccessRecord record)
    {
        (int Tier, string Endpoint, string Code, Outcome Outcome) key = (record.Priority, record.Endpoint, StatusLabel.Of(record.Status), record.Outcome);
        if (!_requests.TryAdd(key))
        {
            bool isFull = _requests.Count >= (IsStranger(record.Outcome) ? MaxStrangerSeries : MaxRequestSeries);
            _requests.Add(isFull ? key with { Endpoint = EndpointTemplate.Other } : key);
        }

        _endpointTicks.Add(record.Endpoint, record.Duration.Ticks);
        if (record.IsApi)
        {
            WriteApi(record);
        }
    }

    private void WriteApi(AccessRecord record)
    {
        _duration.Record((OperationLabel.Of(record.Endpoint), record.Priority), record.Duration);
        if (OutcomeLabel.LimitOf(record.Outcome) is { } limit)
        {
            _limited.Add((record.Priority, limit));
        }

        if (record.Cache != CacheState.Off)
        {
            _cache.Add(record.Cache);
        }

        if (record.Attempts > 0 || record.Queued > TimeSpan.Zero)
        {
            _wait.Record(record.Priority, record.Queued);
            _calls.Write(record);
        }

        WriteModel(record);
        WriteTimes(record);
    }

    private void WriteModel(AccessRecord record)
    {
        string model = _models.Of(record.Model, isServed: record is { Outcome: Outcome.Relayed, Status: >= 200 and < 300 });
        _modelRequests.Add((model, StatusLabel.ClassOf(record.Status)));
        _modelTicks.Add(model, record.Duration.Ticks);
        WriteTokens(record, model, record.InputTokens, isOutput: false);
        WriteTokens(record, model, record.OutputTokens, isOutput: true);
    }

    private void WriteTokens(AccessRecord record, string model, long? tokens, bool isOutput)
    {
        if (tokens is > 0 and { } used)
        {
            _tokens.Add((model, record.Priority, isOutput), used);
            _usage.Record((isOutput, record.Priority), used);
        }
    }

    private void WriteTimes(AccessRecord record)
    {
        if (!record.IsStream || record.FirstContent is not { } first)
        {
            return;
        }

        _firstToken.Record(record.Priority, first);
        if (record.OutputTokens is > 1 and { } tokens)
        {
            _perToken.Record(record.Priority, Math.Max(0, (record.Duration - first).TotalSeconds) / (tokens - 1));
        }
    }

    public static KeyValuePair<string, object?> Tier(int priority) =>
        new("tier", priority == ListenerTable.NoTier ? "management" : priority.ToString(CultureInfo.InvariantCulture));

    private static KeyValuePair<string, object?> TokenType(bool isOutput) => new("gen_ai.token.type", isOutput ? "output" : "input");

    private static bool IsStranger(Outcome outcome) => outcome is
        Outcome.Unauthorized or Outcome.ManagementUnauthorized or Outcome.OriginRefused or Outcome.PathRefused or Outcome.RouteNotFound or Outcome.MethodNotAllowed;
}
