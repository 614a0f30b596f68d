using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.Features;
using UpstreamSimulator.Counting;
using UpstreamSimulator.Recording;
using UpstreamSimulator.Requests;
using Route = UpstreamSimulator.Requests.Route;

namespace UpstreamSimulator.Answering;

/// <summary>The life of one request: counted, read, understood, refused or answered, and always ended.</summary>
internal sealed class RequestHandler(
    SimulatorOptions options, SimulatorStats stats, RequestRecorder recorder, ScriptedAnswers scripts, OperationTable operations, TimeProvider timeProvider)
{
    private const int MaxFailingNonces = 10_000;

    // Long enough for the bytes already flushed to leave the process: a reset discards what is still queued.
    private static readonly TimeSpan BeforeReset = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<string, int> _failuresLeft = new();

    public async Task HandleAsync(HttpContext context, CancellationToken stopping)
    {
        string rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        LiveCall call = stats.Arrive(rawTarget, context.Request.Headers["x-sim-nonce"].ToString());
        Exchange exchange = new(context, rawTarget, Route.Of(context.Request.Method, context.Request.Path.Value ?? ""), call, timeProvider);
        context.Features.Set(call);
        using CancellationTokenRegistration registration =
            context.RequestAborted.UnsafeRegister(static state => ((LiveCall)state!).NoticeAbort(), call);
        try
        {
            recorder.Record(context, rawTarget);
            await ServeAsync(exchange);
        }
        catch (Fault fault)
        {
            call.End(CallOutcome.Failed);
            // Kestrel closes a connection whose handler threw after the answer had begun, without ending the body.
            if (!fault.Reset) throw;
            if (context.Response.HasStarted) await Task.Delay(BeforeReset, timeProvider, CancellationToken.None);
            context.Abort();
        }
        catch (Exception gone) when (gone is IOException || (gone is OperationCanceledException && context.RequestAborted.IsCancellationRequested))
        {
            call.NoticeAbort();
            await HoldAsync(exchange, stopping);
            call.End(CallOutcome.Aborted);
        }
        finally
        {
            call.End(CallOutcome.Completed);
        }
    }

    /// <summary>Forgets how often a nonce has failed.</summary>
    public void Reset() => _failuresLeft.Clear();

    private async Task ServeAsync(Exchange exchange)
    {
        HttpContext context = exchange.Context;
        if (await scripts.TryAnswerAsync(context, beforeBody: true)) return;
        if (exchange.Route.TakesJson)
        {
            await ServeJsonAsync(exchange);
            return;
        }

        // Only JSON bodies are buffered: a script that takes an upload over reads it itself.
        if (await scripts.TryAnswerAsync(context, beforeBody: false)) return;
        string? formError = null;
        if (exchange.Route.TakesForm)
        {
            exchange.Form = await FormFields.ReadAsync(context.Request, exchange.Aborted) ?? exchange.Form;
            exchange.Fields.Model = exchange.Form["model"];
            if (exchange.Form.File is null) formError = "a multipart form with a file is needed";
        }

        if (exchange.Route.Operation == Operation.Realtime)
        {
            IQueryCollection query = context.Request.Query;
            exchange.Fields.Model = query[exchange.Route.Face == Face.Azure && query.ContainsKey("deployment") ? "deployment" : "model"].ToString();
        }

        string? badKnob = Understand(exchange);
        await (Refusal(exchange, formError, badKnob) ?? GenerateAsync(exchange));
    }

    private async Task ServeJsonAsync(Exchange exchange)
    {
        HttpContext context = exchange.Context;
        using BufferedBody? body = await BufferedBody.ReadAsync(context.Request, exchange.Aborted);
        if (body is not { } whole)
        {
            Understand(exchange);
            await ErrorAnswer.SendAsync(exchange, 413, "The request body is too large.");
            return;
        }

        bool scanned = RequestScanner.TryScan(whole.Span, out RequestFields fields, out string error);
        exchange.Fields = fields;
        string? badKnob = Understand(exchange);
        if (scripts.WantBody)
        {
            context.Request.Body = new MemoryStream(whole.Span.ToArray());
            if (await scripts.TryAnswerAsync(context, beforeBody: false)) return;
        }

        await (Refusal(exchange, scanned ? null : error, badKnob) ?? GenerateAsync(exchange));
    }

    /// <summary>Reads the knobs, and tells the counters whose call it is; returns the name of a knob that makes no sense.</summary>
    private string? Understand(Exchange exchange)
    {
        exchange.Knobs = KnobReader.Read(options, exchange.Route.Generates, exchange.Model, exchange.Context.Request.Headers, out string? bad);
        string nonce = exchange.Context.Request.Headers["x-sim-nonce"].ToString();
        exchange.Nonce = nonce.Length > 0 ? nonce : exchange.Fields.User;
        exchange.Call.Identify(exchange.Model, exchange.Nonce);
        exchange.Pacer = new Pacer(timeProvider, exchange.Knobs.TtftMs, exchange.Knobs.TokensPerSecond);
        if (exchange.Knobs.FailTimes > 0 && !TakeFailure(exchange)) exchange.Knobs.Succeed();
        return bad;
    }

    private bool TakeFailure(Exchange exchange)
    {
        if (_failuresLeft.Count >= MaxFailingNonces) _failuresLeft.Clear();
        return _failuresLeft.AddOrUpdate(exchange.Nonce, exchange.Knobs.FailTimes - 1, (_, left) => Math.Max(left - 1, -1)) >= 0;
    }

    private static Task? Refusal(Exchange exchange, string? parseError, string? badKnob)
    {
        Route route = exchange.Route;
        if (exchange.Call.OverLimit) return ErrorAnswer.OverLimitAsync(exchange);
        if (badKnob is not null) return ErrorAnswer.SendAsync(exchange, 400, $"unknown knob or bad value: {badKnob}", "bad_knob");
        if (exchange.Knobs.Status is not (0 or 200)) return ErrorAnswer.ScriptedAsync(exchange);
        if (route.IsDated && !exchange.Context.Request.Query.ContainsKey("api-version"))
            return ErrorAnswer.SendAsync(exchange, 404, "Resource not found", "404");
        if (parseError is not null) return ErrorAnswer.SendAsync(exchange, 400, parseError);
        bool needsModel = route.Generates && route.Operation is not (Operation.Images or Operation.Realtime);
        if (needsModel && exchange.Model.Length == 0)
            return ErrorAnswer.SendAsync(exchange, 400, "you must provide a model parameter", param: "model");
        if (route.Face == Face.Venice && exchange.Fields.RefusedByVenice.Count > 0)
            return ErrorAnswer.SendAsync(exchange, 400, "Unsupported parameter: " + string.Join(", ", exchange.Fields.RefusedByVenice));
        return null;
    }

    private Task GenerateAsync(Exchange exchange)
    {
        if (exchange.Route.Generates) exchange.Call.GenerationStarts();
        return operations.AnswerAsync(exchange);
    }

    /// <summary>The upstream that ignores cancellation: the call lives on, the connection stays open, nobody listens.</summary>
    private async Task HoldAsync(Exchange exchange, CancellationToken stopping)
    {
        Pacer hold = new(timeProvider, exchange.Knobs.IgnoreAbortMs, 0);
        await hold.WaitFor(0, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
