using System.Globalization;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tokenization;
using Gateway.Upstreams;
using Microsoft.Extensions.Primitives;

namespace Gateway.Forwarding;

/// <summary>The last stage of an API request: hands it to its lane, makes its attempts when the scheduler says so, and reports the end.</summary>
internal sealed class ForwardingStage(
    Scheduler scheduler, InstanceTable instances, TokenWindows windows, AttemptAccount account, TokenEstimator tokens, OptionsSnapshot options,
    TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context)
    {
        Exchange exchange = Exchange.Of(context);
        try
        {
            long submitted = time.GetTimestamp();
            ApiRequest request = exchange.Request!;
            if (!exchange.Route!.IsWebSocket && WebSocketUpgrade.IsNamed(context.Request.Headers))
            {
                await exchange.Fail(new RequestError(Outcome.UpgradeNotSupported));
                return;
            }

            long promptTokens = RequestRoute.PromptOf(exchange, instances, tokens);
            InstanceSet serving = RequestRoute.Of(exchange, instances, promptTokens);
            if (serving.IsEmpty)
            {
                await exchange.Fail(NobodyServes(request.RoutedModel, promptTokens));
                return;
            }

            GatewayOptions current = options.Current;
            if (instances.AwayFor(serving, current.Retries.MaxDelay) is { } pause)
            {
                await exchange.Fail(new RequestError(Outcome.UpstreamPaused, RetryAfter: pause));
                return;
            }

            TimeSpan? callerDeadline = CallerDeadline(context.Request.Headers, time.GetElapsedTime(exchange.Record.Started, submitted));
            RequestWindow? window = instances.HasWindows ? new RequestWindow(windows, instances, tokens, exchange, time, submitted) : null;
            if (window?.Admit(exchange.Policy, callerDeadline, ref serving) is { } refusal)
            {
                await exchange.Fail(refusal);
                return;
            }

            var item = new WorkItem(exchange.Policy, serving, request.Body.MemoryBytes)
            {
                EstimatedTokens = exchange.PromptTokens ?? exchange.Record.EstimatedInputTokens,
                CallerDeadline = callerDeadline,
                Tag = exchange.Record,
            };
            var executor = new AttemptExecutor(context, exchange, instances, account, window, tokens, current, time);
            ValueTask<RunResult> running = scheduler.RunAsync(item, executor, context.RequestAborted);
            if (exchange.Enqueued(item) is { } inherited)
            {
                scheduler.Promote(item, inherited);
            }

            RunResult result = await running;
            Note(exchange.Record, item);
            if (result.Reason is EndReason.QueueFull or EndReason.QueueBytesFull && window?.OpensIn(item.Instances, item.Policy) is { } opens && opens > result.RetryAfter)
            {
                // Nobody leaves the queue before that.
                result = result with { RetryAfter = opens };
            }

            await FinishAsync(context, exchange, executor, result, item.Instances);
        }
        finally
        {
            if (exchange.TokensSpent is { } settle)
            {
                await settle((exchange.Record.InputTokens ?? 0) + (exchange.Record.OutputTokens ?? 0));
            }
        }
    }

    /// <summary>What the scheduler did with it.</summary>
    private static void Note(AccessRecord record, WorkItem item)
    {
        record.Queued = TimeSpan.FromTicks(item.WaitedTicks);
        record.Retries = item.Retries;
        record.Wasted = TimeSpan.FromTicks(item.WastedTicks);
        record.WastedTokens = item.WastedTokens;
    }

    /// <summary>
    /// What the caller gets when no attempt of it was the last word: the last answer of the upstream as it came, else what the last
    /// attempt met, else why there was none.
    /// </summary>
    private async Task FinishAsync(HttpContext context, Exchange exchange, AttemptExecutor executor, RunResult result, InstanceSet serving)
    {
        bool isOwnEnd = !result.Executed && result.Reason is EndReason.CallerGone or EndReason.Draining or EndReason.Removed or EndReason.Faulted;
        exchange.IsTriedEnough |= result.Reason == EndReason.RetryBudgetSpent;
        if (!isOwnEnd && executor.Word.Held is { } held)
        {
            await held.HandOnAsync(context, exchange, executor.WaitLeft);
        }
        else if (!isOwnEnd && (result.Executed || executor.Word.Error is not null))
        {
            if (executor.Word.Error is { } error)
            {
                await exchange.Fail(error);
            }
        }
        else if (result.Reason == EndReason.NoInstance)
        {
            await exchange.Fail(InstanceAbsence.Of(instances, exchange.Request!.RoutedModel, serving, result.RetryAfter));
        }
        else
        {
            await exchange.Fail(new RequestError(OutcomeOf(result.Reason), RetryAfter: result.RetryAfter));
        }
    }

    private RequestError NobodyServes(string? model, long inputTokens) =>
        !instances.Knows(model) ? new RequestError(Outcome.ModelNotFound, Param: "model")
        : instances.LongestInput(model) is { } most && inputTokens > most ? new RequestError(
            Outcome.ContextTooLong, $"The limit is {most} tokens (max_input_tokens); this request has about {inputTokens}.")
        : InstanceAbsence.Of(instances, model, InstanceSet.Empty, TimeSpan.Zero);

    /// <summary>
    /// The official SDKs send how long they will wait, in seconds: for all of it (Node), or for the next byte (Python). In the queue no byte comes, so either
    /// one ends the wait: what is left of the shorter.
    /// </summary>
    private static TimeSpan? CallerDeadline(IHeaderDictionary headers, TimeSpan spent)
    {
        double seconds = Math.Min(SecondsOf(headers["x-stainless-timeout"]), SecondsOf(headers["x-stainless-read-timeout"]));
        return double.IsFinite(seconds) ? TimeSpan.FromTicks(Math.Max(0, (TimeSpan.FromSeconds(seconds) - spent).Ticks)) : null;
    }

    /// <summary>Infinite for what is no time, or none that a queue would ever see the end of.</summary>
    private static double SecondsOf(StringValues header) =>
        header is [{ } text]
        && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
        && seconds is > 0 and < 86_400
            ? seconds
            : double.PositiveInfinity;

    private static Outcome OutcomeOf(EndReason reason) => reason switch
    {
        EndReason.QueueFull or EndReason.QueueBytesFull => Outcome.QueueFull,
        EndReason.Draining => Outcome.Draining,
        EndReason.Expired => Outcome.QueueExpired,
        EndReason.DeadlineExceeded => Outcome.CallerDeadline,
        EndReason.CallerGone => Outcome.CallerGone,
        EndReason.RetryBudgetSpent or EndReason.RetriesSpent => Outcome.RetryBudgetSpent,
        EndReason.Removed => Outcome.Removed,
        _ => Outcome.SchedulerFault,
    };
}
